internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// A log file that somebody else empties, as logrotate does with `copytruncate`.
@Suite struct `A file that is emptied` {
  @Test func `copytruncate under load: the daemon goes on, and every line is whole`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pool = try (0..<2).map { try Worker("worker\($0)", place.runtimeDirectory) }
      defer { for worker in pool { worker.finish() } }
      for _ in 0..<5 {
        try daemon.wait("write") { try FileStatus(of: place.logFile).bytes > 200_000 }
        #expect(unsafe truncate(place.logFile, 0) == 0)
      }
      for worker in pool { worker.finish() }
      #expect(try place.status().state == "running")
    }
    // The first line may be what was left of one.
    let lines = try place.text(of: place.logFile).split(separator: "\n").dropFirst()
    #expect(lines.allSatisfy { $0.contains("]: ") })
  }

  @Test func `after copytruncate the status and the bound of the size count from nothing`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "file.max_size=300KiB"]) { daemon in
      let log = LogClient(ident: "worker", options: place.options(.block))
      let text = String(repeating: "x", count: 900)
      /// So many KiB, roughly; then the file is as large as the status says.
      func write(_ count: Int) throws {
        for _ in 0..<count { log.info(text) }
        try log.flush(timeout: .seconds(10), durable: true)
        let file = try place.status().file
        let bytes = try FileStatus(of: place.logFile).bytes
        #expect(file.bytes == bytes && file.synced_bytes <= bytes)
      }
      try write(200)
      #expect(unsafe truncate(place.logFile, 0) == 0)
      try write(1)
      try write(200)
      #expect(try place.archives().isEmpty)
      for _ in 0..<200 { log.info(text) }
      try daemon.wait("rotate") { try place.archives().count == 1 }
      #expect(log.close(timeout: .seconds(10)) == 0)
    }
    #expect(try FileStatus(of: place.file(place.archives()[0])).bytes >= 300 << 10)
  }

  @Test func `what somebody else appends is counted, and a line that he began is ended`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = LogClient(ident: "worker", options: place.options(.block))
      log.info("one")
      try log.flush()
      try place.append("somebody else", to: place.logFile)
      log.info("two")
      try log.flush()
      #expect(try place.status().file.bytes == FileStatus(of: place.logFile).bytes)
    }
    let lines = try place.text(of: place.logFile).split(separator: "\n")
    let foreign = try #require(lines.firstIndex(of: "somebody else"))
    #expect(lines[foreign - 1].hasSuffix(": one") && lines[foreign + 1].hasSuffix(": two"))
  }

  /// Emptied again and again until it dies with the batch in the file and its tails where they were.
  @Test(
    .enabled("Tests/run-suites builds logd with crash points") { Program.crashLogdPath != nil },
    arguments: ["after-write", "in-write"])
  func `a daemon that dies after copytruncate doubles nothing`(point: String) throws {
    let place = try Place()
    let daemon = try TestDaemon(
      place, environment: ["LOGD_CRASH_AT": "\(point):200"], program: .crashLogd)
    let pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
    defer { for worker in pool { worker.finish() } }
    try daemon.wait("write") { try FileStatus(of: place.logFile).bytes > 1_000_000 }
    #expect(unsafe truncate(place.logFile, 0) == 0)
    #expect(daemon.process.ending(within: .seconds(20)) == .killed(SIGKILL))
    try withDaemon(in: place) { daemon in
      let size = try FileStatus(of: place.logFile).bytes
      try daemon.wait("write on") { try FileStatus(of: place.logFile).bytes > size + 1_000_000 }
      for worker in pool { worker.finish() }
    }
    var found: [String: [Int]] = [:]
    var reader = try LineReader(path: place.logFile)
    try reader.forEachLine { line, end in
      guard end == .newline, let record = LogFormat.of(line).parse(line).record,
        let number = record.text.split(separator: " ").last.flatMap({ Int($0) })
      else { return true }
      found[record.ident, default: []].append(number)
      return true
    }
    for worker in pool {
      let numbers = found[worker.ident] ?? []
      let isExact = numbers.elementsEqual((numbers.first ?? 0)..<worker.count)
      #expect(isExact, "\(worker.ident): \(numbers.count) from \(numbers.first ?? -1) on")
    }
  }
}
