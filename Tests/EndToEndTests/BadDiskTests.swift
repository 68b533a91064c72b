internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// P8 with real file systems.
@Suite(.enabled("only root can mount, with e2fsprogs and loop devices") { Disk.canMount })
struct `A bad disk` {
  @Test func `a full disk holds records back, and takes them when there is room`() throws {
    let place = try Place()
    let disk = try Disk(tmpfs: place, megabytes: 8)
    try withDaemon(in: place) { daemon in
      try disk.fill(but: 300_000)
      let pool = try place.pool(3, records: 8_000)
      let status = try daemon.status(becomes: "degraded")
      #expect(
        status.reason.contains("cannot write \(place.logFile): No space left on device, for "))
      try daemon.status(becomes: "degraded") { $0.rings.bytes_used > 100_000 }
      disk.makeRoom()
      try daemon.recovers("a full disk")
      for worker in pool { worker.finish() }
      let records = try place.expectAll(of: pool)
      let said = records.saying("the disk takes records again")
      #expect(said.count == 1)
      #expect(said.first?.value("milliseconds") != nil && said.first?.value("since") != nil)
      #expect(said.first?.value("bytes_waiting") != nil)
      let errors = daemon.process.standardError.split(separator: "\n")
      #expect(errors.count == 1)
      #expect(errors.first?.contains("No space left on device; records wait in the rings") == true)
    }
  }

  /// The daemon that is killed has half of a batch in the file that takes no more.
  @Test func `a file on another disk takes the rest of what a full one does not`() throws {
    let place = try Place()
    let disk = try Disk(tmpfs: place, megabytes: 8)
    let logd = try SupervisedDaemon(place)
    try disk.fill(but: 300_000)
    let pool = try place.pool(3, records: 8_000)
    try logd.daemon.status(becomes: "degraded")
    let full = place.logFile
    place.logFile = place.file("logd.log")
    try logd.replaceProgram(
      byScript: "exec \(Program.logd.path) $(echo \"$@\" | sed 's|\(full)|\(place.logFile)|')")
    try logd.killChild()
    for worker in pool { worker.finish() }
    // A part of a line may be the last that the full disk took.
    let whole = try place.text(of: full).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast()
    try place.write(whole.joined(separator: "\n") + "\n", to: "old")
    let records = try place.expectAll(of: pool, in: [place.file("old"), place.logFile])
    #expect(records.saying("takes no more, the rest is in this one").count == 1)
    logd.daemon.stop()
  }

  @Test func `what does not fit the rings while the disk is full is counted`() throws {
    let place = try Place()
    let disk = try Disk(tmpfs: place, megabytes: 16)
    let sent = 60_000
    var dropped = 0
    try withDaemon(in: place) { daemon in
      try disk.fill(but: 50_000)
      let log = LogClient(ident: "dropper", options: place.options(.drop))
      log.info("attached")
      for number in 0..<sent { log.info("record", [.int("n", number)]) }
      try daemon.status(becomes: "degraded")
      disk.makeRoom()
      try daemon.recovers("a full disk and full rings")
      #expect(log.close(timeout: .seconds(10)) == 0)
      dropped = Int(log.dropped)
    }
    let records = try place.records()
    let written = records.filter { $0.ident == "dropper" && $0.text == "record" }.count
    #expect(dropped > 0 && written > 0)
    #expect(written + dropped == sent)
  }

  @Test func `a disk that became read-only keeps nobody from stopping, and nothing is lost`() throws
  {
    let place = try Place()
    let disk = try Disk(ext4: place, "errors=remount-ro")
    let old = place.logFile
    let pool = try { () throws -> [Worker] in
      let daemon = try TestDaemon(place)
      defer { daemon.process.kill() }
      let early = try place.pool(1, records: 100)
      for worker in early { worker.finish() }
      try disk.makeReadOnly()
      let pool = try (1...3).map { try Worker("worker\($0)", place.runtimeDirectory, 8_000) }
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("Read-only file system"))
      daemon.process.send(SIGTERM)
      try daemon.status(becomes: "draining") { $0.reason.contains("Read-only file system") }
      #expect(daemon.process.ending(within: .seconds(30)) == .exited(74))
      #expect(daemon.process.standardError.contains("stopped without having written everything"))
      return early + pool
    }()
    place.logFile = place.file("logd.log")
    try withDaemon(in: place) { _ in
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool, in: [old, place.logFile])
    }
  }

  @Test func `a frozen disk keeps nobody from answering, and loses nothing`() throws {
    let place = try Place()
    let disk = try Disk(ext4: place)
    let seconds = Place.isLong ? 10 : 3
    try withDaemon(in: place) { daemon in
      let early = try place.pool(1, records: 10)
      for worker in early { worker.finish() }
      try disk.freeze(seconds: seconds)
      let frozen = ContinuousClock.now
      let pool =
        early + (try (1...3).map { try Worker("worker\($0)", place.runtimeDirectory, 8_000) })
      let status = try daemon.status(becomes: "degraded")
      #expect(
        status.reason.contains("the disk has not answered a write to \(place.logFile), for "))
      try daemon.status(becomes: "degraded") { $0.rings.bytes_used > 100_000 }
      try daemon.wait("wait for the thaw", within: .seconds(seconds + 20)) {
        ContinuousClock.now - frozen > .seconds(seconds)
      }
      try daemon.recovers("a frozen disk")
      for worker in pool { worker.finish() }
      let said = try place.expectAll(of: pool).saying("the disk takes records again")
      #expect(said.count == 1)
      #expect(daemon.process.standardError.split(separator: "\n").count == 1)
    }
  }
}

extension Place {
  /// `LOGD_TESTS_LONG=1`: tests take the time that they take in life.
  static var isLong: Bool { unsafe getenv("LOGD_TESTS_LONG") != nil }
}
