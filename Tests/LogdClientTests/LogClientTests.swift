import CLinux
import Foundation
import LogdClient
import LogdWire
import Synchronization
import Testing

/// Where two lists begin to differ, so that a failure does not print them.
func firstDifference(_ a: [String], _ b: [String]) -> String? {
  for (index, pair) in zip(a, b).enumerated() where pair.0 != pair.1 {
    return "at \(index) of \(a.count), \(b.count): \(pair)"
  }
  return a.count == b.count ? nil : "\(a.count) instead of \(b.count)"
}

@Suite(.timeLimit(.minutes(2))) struct `A log client` {
  let daemon = TestDaemon()

  private func client(_ change: (inout LogClientOptions) -> Void = { _ in }) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = daemon.directory
    change(&options)
    return LogClient(ident: "worker", options: options)
  }

  @Test func `every severity, message and field arrives as it was logged`() throws {
    let client = client()
    client.info(
      "hello",
      [
        .string("s", "two words"), .int("i", -7), .uint("u", UInt64.max), .double("d", 0.25),
        .bool("b", true),
      ])
    client.emergency("0")
    client.alert("1")
    client.critical("2")
    client.error("3")
    client.warning("4")
    client.notice("5", [.int("n", 1)])
    client.debug("7")
    try client.flush()
    let records = daemon.records
    #expect(records.map(\.severity) == [6, 0, 1, 2, 3, 4, 5, 7])
    #expect(
      records[0].fields == [
        "s": "two words", "i": "-7", "u": "18446744073709551615u", "d": "0.25", "b": "true",
      ])
    #expect(records[0].message == "hello")
    #expect(records[0].ident == "worker")
    #expect(records[0].pid == getpid())
    #expect(records.map(\.stamp) == records.map(\.stamp).sorted())
  }

  @Test func `the source location comes as three fields when asked for`() throws {
    let client = client { $0.sourceLocation = true }
    client.info("here")
    try client.flush()
    let fields = try #require(daemon.records.first).fields
    #expect(fields["code_file"]?.hasSuffix("LogClientTests.swift") == true)
    #expect(fields["code_func"]?.isEmpty == false)
    #expect(fields["code_line"]?.hasSuffix("u") == true)
  }

  @Test func `a record that is too large is cut and says so`() throws {
    let client = client()
    client.info(String(repeating: "ä", count: 100_000), [.int("kept", 1)])
    client.info("m", [.string("huge", String(repeating: "x", count: 100_000)), .int("kept", 2)])
    try client.flush()
    let records = daemon.records
    #expect(records.count == 2)
    #expect(records.allSatisfy { $0.isCut })
    #expect(records[0].message.utf8.count > 65_000 && !records[0].message.contains("\u{FFFD}"))
    #expect(records[0].fields == ["kept": "1"])
    #expect(records[1].message == "m" && records[1].fields == ["kept": "2"])
  }

  @Test func `records stay in order while the ring goes round many times`() throws {
    let client = client { $0.overflow = .block }
    for number in 0..<60_000 { client.info("number \(number)", [.int("n", number)]) }
    try client.flush()
    #expect(firstDifference(daemon.messages, (0..<60_000).map { "number \($0)" }) == nil)
    #expect(client.dropped == 0)
  }

  @Test func `what the daemon or the options do not want is not sent`() throws {
    let client = client { $0.leastSeverity = .info }
    client.debug("no")
    client.info("yes")
    try client.flush()
    daemon.change { $0.severity = 3 }
    #expect(daemon.wait { _ in !client.isEnabled(.warning) })
    client.warning("no")
    client.error("yes")
    try client.flush()
    #expect(daemon.messages == ["yes", "yes"])
    #expect(client.dropped == 0)
  }

  @Test func `records before the first daemon are kept and come first`() throws {
    daemon.kill()
    let client = client()
    for number in 0..<100 { client.info("early \(number)") }
    let second = TestDaemon(directory: daemon.directory)
    try client.flush()
    client.info("late")
    try client.flush()
    #expect(firstDifference(second.messages, (0..<100).map { "early \($0)" } + ["late"]) == nil)
  }

  @Test(arguments: [true, false])
  func `nothing is lost or doubled when the daemon dies`(isKnown: Bool) throws {
    let client = client()
    for number in 0..<1000 { client.info("\(number)") }
    try client.flush()
    daemon.change { $0.isPaused = true }
    for number in 1000..<2000 { client.info("\(number)") }
    daemon.kill()
    for number in 2000..<3000 { client.info("\(number)") }
    let second = TestDaemon(directory: daemon.directory)
    if isKnown {
      let taken = daemon.records.map { UInt64(Layout.padded(24 + $0.message.utf8.count)) }
      second.change { [ring = TestDaemon.nextRing.load(ordering: .relaxed)] state in
        for number in 1...ring { state.resume[number] = taken.reduce(0, +) }
      }
    }
    for number in 3000..<4000 { client.info("\(number)") }
    try client.flush()
    #expect(firstDifference(daemon.messages + second.messages, (0..<4000).map { "\($0)" }) == nil)
    #expect(second.state.withLock { $0.hellos.first?.oldRing ?? 0 } != 0)
  }

  @Test func `a smaller ring takes what the larger one held, in pieces`() throws {
    daemon.change { $0.isPaused = true }
    let client = client()
    for number in 0..<20_000 { client.info("\(number)") }
    daemon.kill()
    let second = TestDaemon(directory: daemon.directory, ringBytes: 8192)
    for number in 20_000..<20_100 { client.info("\(number)") }
    client.info(String(repeating: "y", count: 5000))
    try client.flush()
    #expect(firstDifference(second.messages.dropLast(), (0..<20_100).map { "\($0)" }) == nil)
    #expect(second.records.last?.isCut == true)
  }

  @Test func `a full ring drops at once, and each drop is counted`() throws {
    let client = client {
      $0.overflow = .drop
      $0.ringBytes = 8192
    }
    daemon.change { $0.isPaused = true }
    for _ in 0..<200_000 { client.info("a message of some bytes, so that the ring is full soon") }
    #expect(client.dropped > 0)
    daemon.change { $0.isPaused = false }
    try client.flush()
    #expect(daemon.wait { $0.records.count + Int($0.drops) == 200_000 })
    #expect(daemon.state.withLock { $0.drops } == client.dropped)
  }

  @Test func `a call that blocks up to a limit returns within it`() throws {
    let client = client { $0.overflow = .block(upTo: .milliseconds(50)) }
    daemon.change { $0.isPaused = true }
    var slowest = Duration.zero
    while client.dropped < 3 {
      slowest = max(slowest, ContinuousClock().measure { client.info("fill the ring") })
    }
    #expect(slowest >= .milliseconds(49) && slowest < .milliseconds(90), "\(slowest)")
    daemon.change { $0.isPaused = false }
    try client.flush()
    #expect(daemon.wait { $0.drops == 3 })
  }

  @Test func `threads that block get room and lose nothing`() async throws {
    let client = client {
      $0.overflow = .block
      $0.ringBytes = 8192
    }
    await withTaskGroup { group in
      for thread in 0..<8 {
        group.addTask { for number in 0..<5000 { client.info("\(thread) \(number)") } }
      }
    }
    try await client.flush()
    let messages = daemon.messages
    #expect(messages.count == 40_000)
    for thread in 0..<8 {
      let own = messages.filter { $0.hasPrefix("\(thread) ") }
      #expect(firstDifference(own, (0..<5000).map { "\(thread) \($0)" }) == nil)
    }
  }

  @Test func `a flush that cannot finish says how many records remain`() async throws {
    let client = client()
    daemon.change { $0.isPaused = true }
    for _ in 0..<17 { client.info("waiting") }
    #expect(throws: FlushError.timedOut(remaining: 17)) {
      try client.flush(timeout: .milliseconds(20))
    }
    await #expect(throws: FlushError.timedOut(remaining: 17)) {
      try await client.flush(timeout: .milliseconds(20))
    }
    let waiting = Task { try await client.flush(timeout: .seconds(60)) }
    waiting.cancel()
    await #expect(throws: FlushError.timedOut(remaining: 17)) { try await waiting.value }
    daemon.change { $0.isPaused = false }
    try await client.flush()
  }

  @Test func `a durable flush waits for the disk and fails with it`() throws {
    let client = client()
    client.info("one")
    try client.flush(durable: true)
    daemon.change { $0.failSync = true }
    client.info("two")
    #expect(throws: FlushError.syncFailed) { try client.flush(durable: true) }
  }

  @Test func `without a daemon the undelivered are written to a file`() throws {
    daemon.kill()
    let path = daemon.directory + "/undelivered.log"
    let client = client { $0.undelivered = .file(path) }
    client.warning("hello = \"you\"\n", [.double("d", 0.5), .string("key", "two words")])
    client.info("bare")
    #expect(client.close() == 2)
    client.info("after closing")
    #expect(client.dropped == 1)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].hasSuffix(
        #"Z warning worker[\#(getpid())]: "hello = \"you\"\n" d=0.5 key="two words""#))
    #expect(lines[1].hasSuffix("Z info worker[\(getpid())]: bare"))
  }

  @Test func `a flush after closing returns at once, and what is logged then is counted`()
    async throws
  {
    daemon.kill()
    let client = client { $0.undelivered = .file("/dev/null") }
    client.info("left")
    #expect(client.close(timeout: .zero) == 1)
    let time = await ContinuousClock().measure {
      #expect(throws: FlushError.timedOut(remaining: 1)) {
        try client.flush(timeout: .seconds(60))
      }
      await #expect(throws: FlushError.timedOut(remaining: 1)) {
        try await client.flush(timeout: .seconds(60))
      }
    }
    #expect(time < .seconds(60))
    for _ in 0..<5 { client.info("after closing") }
    #expect(client.dropped == 5)
    #expect(client.close() == 0)
  }

  @Test func `closing delivers everything to a daemon that lives`() {
    let client = client()
    for number in 0..<1000 { client.info("\(number)") }
    #expect(client.close() == 0)
    #expect(daemon.messages.count == 1000)
  }

  @Test func `closing waits for a daemon that was killed before it could answer`() throws {
    daemon.change { $0.grantsNothing = true }
    let client = client()
    client.info("kept")
    daemon.kill()
    // One that hangs up without an answer: who connects to it is the client, in its close.
    let listener = TestDaemon.listen(in: daemon.directory)
    let left = Guarded<Int?>(nil)
    // A thread of its own: both sides block, and all tests share two.
    Thread {
      let count = client.close(timeout: .seconds(20))
      left.withLock { $0 = count }
    }.start()
    let isAsked = clinux_poll(listener, Int32(CLINUX_EPOLLIN), 10_000) == 1
    try #require(isAsked, "closing does not look for a daemon")
    let connection = clinux_accept(listener)
    _ = clinux_close(connection)
    _ = clinux_close(listener)
    let next = TestDaemon(directory: daemon.directory)
    #expect(left.wait(until: Date(timeIntervalSinceNow: 30)) { $0 == 0 })
    #expect(next.messages == ["kept"])
  }

  @Test func `opening waits at most 100 ms for a daemon that does not answer`() throws {
    daemon.change { $0.grantsNothing = true }
    let time = ContinuousClock().measure { client().info("staged") }
    #expect(time < .milliseconds(1300), "closing may take a second")
  }
}
