internal import Glibc
internal import LogdArchive
internal import LogdWire
internal import Testing

/// P10 and P5 with the real daemon: forks, signals and closed descriptors at any moment, and every
/// record is in the file once, under the pid of who logged it.
@Suite struct `Misused clients` {
  /// Runs one mode of ClientStress; the numbers it prints, and what is in the file.
  private func stress(_ mode: String, _ count: Int) throws -> (said: [Int], records: [LogRecord]) {
    let place = try Place()
    var said: [Int] = []
    try withDaemon(in: place) { _ in
      let run = try place.run(
        .clientStress, [place.runtimeDirectory, mode, "\(count)"], within: .seconds(120))
      try #require(run.ending == .exited(0), "\(run.errors)")
      said = run.output.split(separator: "\n").compactMap { Int($0) }
    }
    return (said, try place.records().filter { $0.ident == "stress" })
  }

  /// Whether the records of one kind carry `key` as 0, 1, 2, … in the order of the file.
  private func isComplete(_ records: some Sequence<LogRecord>, _ key: String, _ count: Int) -> Bool
  {
    records.compactMap { $0.value(key) } == (0..<count).map { .integer(Int64($0)) }
  }

  @Test(arguments: ["fork", "clone"])
  func `a child logs under its own pid, and its parent's threads lose nothing`(
    mode: String
  ) throws {
    let (said, records) = try stress(mode, 200)
    for thread in 0..<8 {
      let own = records.filter { $0.value("thread") == .integer(Int64(thread)) }
      let isWhole = isComplete(own, "n", said[thread])
      #expect(isWhole, "thread \(thread)")
    }
    let children = Dictionary(grouping: records.filter { $0.text == "child" }, by: \.pid)
    #expect(children.count == 200)
    for (pid, own) in children {
      #expect(isComplete(own, "part", 3))
      #expect(own.allSatisfy { $0.value("pid") == .integer(Int64(pid)) })
    }
  }

  @Test func `a handler that logs interrupts a logging thread, ten thousand times`() throws {
    let (said, records) = try stress("handler", 10_000)
    let main = records.filter { $0.text == "main" }.count
    let handler = records.filter { $0.text == "handler" }.count
    #expect(said[1] == 10_000)
    #expect(main == said[0], "the interrupted thread loses nothing")
    #expect(handler + said[2] == 10_000, "what a handler loses is counted")
  }

  @Test func `a handler forks out of a log call`() throws {
    let (said, records) = try stress("fork-in-handler", 200)
    let own = records.filter { $0.text == "main" && $0.pid == records.first?.pid }
    let isWhole = isComplete(own, "n", said[0])
    #expect(isWhole)
    let children = records.filter { $0.text == "child" }
    #expect(children.allSatisfy { $0.value("pid") == .integer(Int64($0.pid)) })
    #expect(children.count >= 150)
  }

  @Test func `a program that closes all descriptors and reuses their numbers`() throws {
    let (said, records) = try stress("descriptors", 50)
    let isWhole = isComplete(records, "n", said[0])
    #expect(isWhole)
  }

  /// Ten million rounds of a producer at random distances against a consumer that sleeps.
  @Test func `no wakeup is lost`() throws {
    let (said, _) = try stress("doorbell", 10_000_000)
    #expect(said == [0])
  }

  /// A second processor has to see the memory at the same time: one alone cannot lose any.
  @Test(.enabled(if: sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1, "one processor"))
  func `a wakeup is lost with a plain store in the place of the exchange`() throws {
    let (said, _) = try stress("doorbell-plain", 50_000_000)
    #expect(said == [1])
  }

  @Test func `a log call does not allocate`() throws {
    let (said, _) = try stress("allocations", 100_000)
    #expect(said == [0, 0], "outside and within an action")
  }

  @Test func `in an action a handler may log as well`() throws {
    let (said, records) = try stress("handler-in-action", 10_000)
    #expect(records.filter { $0.text == "main" }.count == said[0])
    #expect(records.filter { $0.text == "handler" }.count + said[2] == 10_000)
    let places = records.compactMap { $0.value("task_level") }
    #expect(places.count == records.filter { $0.text != "warm" }.count + 2)
    #expect(Set(places).count == places.count, "each has a place of its own")
  }

  @Test func `a forked child does not count on in its parent's action`() throws {
    let (_, records) = try stress("fork-in-action", 50)
    #expect(records.filter { $0.text == "child" }.count == 150)
    for record in records where record.text == "child" {
      #expect(record.value("task_uuid") == nil)
    }
  }
}
