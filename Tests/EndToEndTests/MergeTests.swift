internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

@Suite struct `logctl merge` {
  /// Lines of a text log, a millisecond apart.
  private func log(_ worker: Int, lines: Int) -> String {
    let line = "info worker-\(worker)[\(worker + 1)]: a record of some length with fields number="
    var text = ""
    for number in 0..<lines {
      let micros = number * 1000 + worker
      let second = micros / 1_000_000
      let time = "T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
      let fraction = String(String(micros % 1_000_000 + 1_000_000).dropFirst())
      text += "2026-11-21\(time).\(fraction)Z \(line)\(number)\n"
    }
    return text
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func exists(_ path: String) -> Bool { (try? FileStatus(of: path)) != nil }

  @Test func `killed in the middle it leaves all inputs and no result, and the next one succeeds`()
    throws
  {
    let place = try Place()
    let inputs = (0..<8).map { place.file("worker-\($0).log") }
    for (worker, path) in inputs.enumerated() {
      try place.write(log(worker, lines: 100_000), to: "worker-\(worker).log")
      #expect(exists(path))
    }
    let out = place.file("all.log")
    let temporary = place.file(".all.log.merging")
    for bytes in [0, 1 << 20, 40 << 20] {
      let merge = try place.start(.logctl, ["merge"] + inputs + ["-o", out, "--remove"])
      while merge.ending(within: .zero) == nil {
        if let status = try? FileStatus(of: temporary), status.bytes >= UInt64(bytes) { break }
      }
      merge.kill()
      #expect(inputs.allSatisfy(exists))
      #expect(!exists(out), "killed after \(bytes) bytes")
    }
    let whole = try place.run(.logctl, ["merge"] + inputs + ["-o", out, "--remove"])
    #expect(whole.ending == .exited(0), "\(whole.errors)")
    #expect(whole.output + whole.errors == "")
    #expect(!inputs.contains(where: exists) && !exists(temporary))
    let records = try place.records(of: out)
    #expect(records.count == 800_000)
    #expect(zip(records, records.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  /// The same work, once with a log for each worker and once with one for all.
  @Test func `logs of single workers, merged, hold what one log of all holds`() throws {
    let place = try Place()
    var files: [String] = []
    for worker in 0..<4 {
      let own = try Place()
      try withDaemon(in: own) { _ in try work([worker], own) }
      files.append(place.file("worker-\(worker).log"))
      try place.write(own.text(of: own.logFile), to: "worker-\(worker).log")
    }
    let out = place.file("all.log")
    let merge = try place.run(.logctl, ["merge"] + files + ["-o", out])
    #expect(merge.ending == .exited(0), "\(merge.errors)")
    try withDaemon(in: place) { _ in try work(Array(0..<4), place) }
    let merged = try place.records(of: out)
    let common = try place.records()
    #expect(zip(merged, merged.dropFirst()).allSatisfy { $0.time <= $1.time })
    for worker in 0..<4 {
      let (a, b) = (contents(merged, worker), contents(common, worker))
      #expect(a == b && a.count == 5000)
    }
  }

  private func work(_ workers: [Int], _ place: Place) throws {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    let logs = workers.map { LogClient(ident: "worker-\($0)", options: options) }
    for number in 0..<5000 {
      for log in logs {
        log.info("record", [.int("number", number), .string("text", "a = \"b\"\n")])
      }
    }
    for log in logs { try log.flush() }
  }

  /// What a worker logged, in order.
  private func contents(_ records: [LogRecord], _ worker: Int) -> [[LogdArchive.LogField]] {
    records.filter { $0.ident == "worker-\(worker)" }.map(\.fields)
  }
}
