internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

/// P4 at the worst moments: a build for tests dies at exactly one step of a commit, or of the
/// recovery that follows.
@Suite(.enabled("Tests/run-suites builds logd with crash points") { Program.crashLogdPath != nil })
struct `Crash points` {
  private static let commit = [
    "before-note", "after-note", "in-write", "after-write", "between-tails", "before-clear",
  ]

  /// Dies under the load of four producers; when it returns they are waiting for the next daemon.
  private func die(at point: String, _ pool: inout [Worker], in place: Place) throws {
    let daemon = try TestDaemon(
      place, environment: ["LOGD_CRASH_AT": "\(point):60"], program: .crashLogd)
    if pool.isEmpty {
      pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
    }
    #expect(daemon.process.ending(within: .seconds(20)) == .killed(SIGKILL))
  }

  /// An ordinary daemon takes over: no record is missing, doubled, torn or out of order, and its
  /// counters say what is in the file, though several daemons have counted.
  private func takeOver(_ pool: [Worker], in place: Place) throws {
    try withDaemon(in: place) { daemon in
      let size = try FileStatus(of: place.logFile).bytes
      try daemon.wait("write on") { try FileStatus(of: place.logFile).bytes > size + 1_000_000 }
      for worker in pool { worker.finish() }
      #expect(pool.allSatisfy { $0.undelivered == 0 })
      let status = try place.status()
      #expect(status.isBalanced)
      #expect(status.bytes_written == (try FileStatus(of: place.logFile).bytes))
      let records = try place.records()
      #expect(status.records_written == UInt64(records.count))
      #expect(status.records_in_batch == 0)
      for worker in pool {
        let texts = records.filter { $0.ident == worker.ident }.map(\.text)
        #expect(texts == (0..<worker.count).map { "record \($0)" }, "\(worker.ident)")
      }
    }
  }

  @Test(arguments: commit)
  func `a daemon that dies at any step of a commit loses and doubles nothing`(point: String) throws
  {
    let place = try Place()
    var pool: [Worker] = []
    defer { for worker in pool { worker.finish() } }
    for _ in 0..<2 { try die(at: point, &pool, in: place) }
    try takeOver(pool, in: place)
  }

  @Test(arguments: ["in-recovery", "after-recovery"], ["after-note", "in-write"])
  func `a daemon that dies in the recovery loses and doubles nothing`(
    point: String, before: String
  ) throws {
    let place = try Place()
    var pool: [Worker] = []
    defer { for worker in pool { worker.finish() } }
    try die(at: before, &pool, in: place)
    for _ in 0..<2 {
      let second = try TestDaemon(
        starting: place, environment: ["LOGD_CRASH_AT": "\(point):0"], program: .crashLogd)
      #expect(second.process.ending(within: .seconds(20)) == .killed(SIGKILL))
    }
    try takeOver(pool, in: place)
  }

  @Test(arguments: ["after-rename", "after-make", "after-leave", "in-write", "after-note"])
  func `a daemon that dies at any step of a rotation loses and doubles nothing`(point: String)
    throws
  {
    let place = try Place()
    var pool: [Worker] = []
    defer { for worker in pool { worker.finish() } }
    let rotating = ["--set", "file.max_size=64KiB"]
    for round in 0..<3 {
      let passes = point.hasPrefix("after-note") || point.hasPrefix("in-") ? 20 + round : round
      let daemon = try TestDaemon(
        place, rotating, environment: ["LOGD_CRASH_AT": "\(point):\(passes)"], program: .crashLogd)
      if pool.isEmpty {
        pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
      }
      #expect(daemon.process.ending(within: .seconds(20)) == .killed(SIGKILL))
    }
    try withDaemon(in: place, rotating) { daemon in
      let count = try place.archives().count
      try daemon.wait("rotate again", within: .seconds(30)) {
        try place.archives().count > count + 2
      }
      for worker in pool { worker.finish() }
      #expect(try place.status().isBalanced)
    }
    try place.expectAllFiles(of: pool)
  }

  /// What fills the intake is in the file when the daemon dies, and nobody has said that there is room:
  /// the next one must.
  @Test(arguments: ["after-note:8", "after-write:8", "after-write:20", "before-clear:20"])
  func `streams of lines go on after a daemon that died while the intake was full`(point: String)
    throws
  {
    let place = try Place()
    let daemon = try SupervisedDaemon(
      place, ["--set", "ring.intake_size=128KiB"], environment: ["LOGD_CRASH_AT": point],
      program: .crashLogd)
    try daemon.replaceProgram(
      byScript: """
        unset LOGD_CRASH_AT
        exec "\(Program.logd.path)" "$@"
        """)
    // Long ones, so that a batch holds all that the intake does.
    let line = String(repeating: "x", count: 110) + "\n"
    let lines = Array(String(repeating: line, count: 200).utf8)
    let floods = try (0..<4).map { _ in
      let client = try TextClient(place)
      return try PlatformThread("flood") { while (try? client.send(lines)) != nil {} }
    }
    defer {
      daemon.supervisor.kill()  // which ends the floods
      for flood in floods { flood.join() }
    }
    try daemon.daemon.wait("go on", within: .seconds(20)) {
      try FileStatus(of: place.logFile).bytes > 20_000_000
    }
  }

  /// The supervisor keeps the descriptor of the file: it is found wherever it is now.
  @Test
  func `a file that was moved to another directory in the middle of a batch is finished there`()
    throws
  {
    let place = try Place()
    let other = try Place()
    let moved = other.file("moved.log")
    let daemon = try SupervisedDaemon(
      place, environment: ["LOGD_CRASH_AT": "in-write:60"], program: .crashLogd)
    try daemon.replaceProgram(
      byScript: """
        [ -e "\(moved)" ] || mv "\(place.logFile)" "\(moved)"
        unset LOGD_CRASH_AT
        exec "\(Program.logd.path)" "$@"
        """)
    let pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
    defer { for worker in pool { worker.finish() } }
    try daemon.daemon.wait("go on in a new file", within: .seconds(30)) {
      try unsafe access(moved, F_OK) == 0 && access(place.logFile, F_OK) == 0
        && FileStatus(of: place.logFile).bytes > 1_000_000
    }
    for worker in pool { worker.finish() }
    daemon.daemon.stop()
    let records = try place.records(of: moved) + place.records()
    #expect(records.saying("finished the last batch of a daemon that was killed").count == 1)
    for worker in pool {
      let texts = records.filter { $0.ident == worker.ident }.map(\.text)
      let isExact = texts == (0..<worker.count).map { "record \($0)" }
      #expect(isExact, "\(worker.ident): \(texts.count) of \(worker.count)")
    }
  }
}
