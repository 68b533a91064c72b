internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// What becomes of a log file that is removed, renamed or unmounted while records are written.
@Suite struct `A vanished log file` {
  private func endless(_ place: Place) throws -> [Worker] {
    try (0..<2).map { try Worker("worker\($0)", place.runtimeDirectory, pauseMicroseconds: 100) }
  }

  private func hasNewFile(_ place: Place) throws -> Bool {
    try unsafe access(place.logFile, F_OK) == 0 && place.hasRecord(of: "worker0")
  }

  /// From the first record that is in the file on, to the last that was logged.
  private func expectRest(of pool: [Worker], _ place: Place) throws {
    let records = try place.records()
    for worker in pool {
      let texts = records.filter { $0.ident == worker.ident }.map(\.text)
      let first = worker.count - texts.count
      #expect(texts == (max(0, first)..<worker.count).map { "record \($0)" })
    }
    #expect(records.saying("the log file was gone, a new one is in its place").count == 1)
  }

  @Test func `a file that was removed is made anew`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pool = try endless(place)
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("write") { try hasNewFile(place) }
      #expect(unsafe unlink(place.logFile) == 0)
      try daemon.wait("make the file anew") { try hasNewFile(place) }
      for worker in pool { worker.finish() }
      try expectRest(of: pool, place)
      #expect(try place.status().state == "running")
    }
  }

  @Test func `a file that was removed and cannot be made holds records back`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pool = try endless(place)
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("write") { try hasNewFile(place) }
      #expect(unsafe unlink(place.logFile) == 0 && mkdir(place.logFile, 0o700) == 0)
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("cannot make anew \(place.logFile): Is a directory"))
      try daemon.status(becomes: "degraded") { $0.rings.bytes_used > 20_000 }
      #expect(unsafe rmdir(place.logFile) == 0)
      try daemon.recovers("a file that could not be made")
      try daemon.wait("write to it") { try hasNewFile(place) }
      for worker in pool { worker.finish() }
      try expectRest(of: pool, place)
    }
  }

  @Test(.enabled("only root can mount") { Disk.canMount })
  func `a file whose disk was unmounted is made anew where its path leads now`() throws {
    let place = try Place()
    let disk = try Disk(tmpfs: place, megabytes: 64)
    try withDaemon(in: place) { daemon in
      let pool = try endless(place)
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("write") { try hasNewFile(place) }
      let old = Descriptor(owning: unsafe open(place.logFile, O_RDONLY | O_CLOEXEC))
      disk.unmount()
      try daemon.wait("make the file anew") { try hasNewFile(place) }
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool, in: ["/proc/self/fd/\(old.raw)", place.logFile])
    }
  }

  /// logrotate renames, and sends SIGHUP when it is done with all files.
  @Test func `a file that was renamed is left to SIGHUP for some seconds, then made anew`() throws {
    let place = try Place()
    let old = place.file("logd.log.1")
    try withDaemon(in: place) { daemon in
      let pool = try endless(place)
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("write") { try hasNewFile(place) }
      let renamed = ContinuousClock.now
      #expect(unsafe rename(place.logFile, old) == 0)
      try daemon.wait("make the file anew", within: .seconds(30)) { try hasNewFile(place) }
      #expect(ContinuousClock.now - renamed > .seconds(5))
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool, in: [old, place.logFile])
    }
  }
}
