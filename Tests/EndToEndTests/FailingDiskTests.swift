internal import FoundationEssentials
internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// P8 and P9 with a disk that fails on demand, see CFaults.h.
@Suite struct `A failing disk` {
  @Test(arguments: [ENOSPC, EROFS, EIO, EDQUOT], [0, 1_000])
  func `writes that fail, also after a part was taken, lose and double nothing`(
    errno: Int32, taken: Int32
  ) throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.failWrites(errno, taking: taken)
      let pool = try place.pool(3, records: 8_000)
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("\(Errno(errno))"))
      #expect(status.file.last_error.contains("cannot write \(place.logFile)"))
      try daemon.wait("try again") { disk.failedWrites >= 4 }
      disk.failWrites(0)
      try daemon.recovers("\(Errno(errno))")
      for worker in pool { worker.finish() }
      let said = try place.expectAll(of: pool).saying("the disk takes records again")
      #expect(said.count == 1)
      #expect(daemon.process.standardError.split(separator: "\n").count == 1)
    }
  }

  @Test func `a sync that fails fails the durable flushes, and is never called good`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(
      in: place, ["--set", "file.sync=never"], environment: disk.environment
    ) { daemon in
      let log = LogClient(ident: "flusher", options: place.options(.block))
      log.info("sound")
      try log.flush(timeout: .seconds(10), durable: true)
      let sound = try place.status().file.synced_bytes
      #expect(sound == (try FileStatus(of: place.logFile).bytes))
      disk.failSyncs(EIO)
      log.info("in doubt")
      #expect(throws: FlushError.syncFailed) { try log.flush(timeout: .seconds(10), durable: true) }
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("cannot sync \(place.logFile): Input/output error"))
      #expect(status.file.synced_bytes == sound && status.file.suspect_bytes > 0)
      let end = try place.run(.logctl, ["flush", "--durable"])
      #expect(end.ending != .exited(0) && end.errors.contains("Input/output error"))
      disk.failSyncs(0)
      // Nothing newer: another sync would call good what is gone.
      for _ in 0..<4 {
        #expect(throws: FlushError.syncFailed) {
          try log.flush(timeout: .seconds(10), durable: true)
        }
      }
      log.info("sound again")
      try log.flush(timeout: .seconds(10), durable: true)
      let after = try daemon.recovers("a failing sync")
      #expect(after.file.suspect_bytes > 0)
      #expect(after.file.synced_bytes + after.file.suspect_bytes <= after.file.bytes)
      #expect(log.close(timeout: .seconds(10)) == 0)
      let records = try place.records()
      #expect(records.saying("these bytes of the file are in doubt").count == 1)
      #expect(records.saying("the disk can be synced again").count == 1)
    }
  }

  @Test func `a sync that fails by and by is said once, and tried again for what is newer`() throws
  {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(
      in: place, ["--set", "file.sync=always"], environment: disk.environment
    ) { daemon in
      disk.failSyncs(ENOSPC)
      let pool = try (0..<2).map {
        try Worker("worker\($0)", place.runtimeDirectory, pauseMicroseconds: 100)
      }
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("sync three times") { disk.failedSyncs >= 3 }
      try daemon.status(becomes: "degraded")
      disk.failSyncs(0)
      try daemon.recovers("failing syncs")
      for worker in pool { worker.finish() }
      let records = try place.expectAll(of: pool)
      #expect(records.saying("these bytes of the file are in doubt").count == 1)
      #expect(records.saying("the disk can be synced again").count == 1)
      #expect(daemon.process.standardError.split(separator: "\n").count == 1)
    }
  }

  @Test func `a sync that hangs is noticed, and holds nothing back`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(
      in: place, ["--set", "file.sync=always"], environment: disk.environment
    ) { daemon in
      disk.hangSyncs(true)
      defer { disk.hangSyncs(false) }
      let pool = try place.pool(2, records: 50_000)
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool)
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("the disk has not answered a sync of \(place.logFile), for "))
      disk.hangSyncs(false)
      try daemon.recovers("a hung sync")
    }
  }

  /// The batch that hangs is in the ledger.
  @Test func `a disk that hangs does not keep it from stopping, the next one goes on`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    var pool: [Worker] = []
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.hangWrites(true)
      pool = try place.pool(3, records: 8_000)
      let status = try daemon.status(becomes: "degraded")
      #expect(status.reason.contains("has not answered a write"))
      daemon.process.send(SIGTERM)
      #expect(daemon.process.ending(within: .seconds(30)) == .exited(74))
      #expect(daemon.process.standardError.contains("stopped without having written everything"))
      #expect(try place.sockets.isEmpty)
    }
    disk.hangWrites(false)
    try withDaemon(in: place) { _ in
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool)
    }
  }

  /// Forty who give up at once, while the rings are full of a million records.
  @Test func `flushes that time out keep nobody waiting, and say how many records remain`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.hangWrites(true)
      defer { disk.hangWrites(false) }
      var options = place.options(.drop)
      options.ringBytes = 16 << 20
      let logs = (0..<6).map { LogClient(ident: "client\($0)", options: options) }
      var count = 0
      for log in logs {
        while log.dropped == 0 {
          log.info("0123456789")
          count += 1
        }
        count -= 1
      }
      let askers = try (0..<40).map { _ in try TextClient(place, "control.sock") }
      let other = try TextClient(place, "control.sock")
      var worst = Duration.zero
      for _ in 0..<5 {
        for asker in askers {
          try asker.send("{\"method\":\"io.logd.Flush\",\"parameters\":{\"timeout_ms\":0}}\0")
        }
        let asked = ContinuousClock.now
        try other.send("{\"method\":\"io.logd.ListClients\"}\0")
        #expect(try other.receive().contains("lag_ms"))
        worst = max(worst, ContinuousClock.now - asked)
        for asker in askers {
          #expect(try asker.receive().contains("\"remaining\":\(count)}"))
        }
      }
      // Promised is 10 ms; a busy machine may take its time. A count alone takes 30.
      #expect(worst < .milliseconds(500))
      disk.hangWrites(false)
      try daemon.recovers("a hung write")
      for log in logs { #expect(log.close(timeout: .seconds(20)) == 0) }
    }
  }

  @Test func `the lag of a client is the age of its oldest record that waits`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      let log = LogClient(ident: "client", options: place.options(.block))
      // Of a client that has not logged yet, and of one that has: the writer does not come to it.
      for _ in 0..<2 {
        let other = LogClient(ident: "other", options: place.options(.block))
        disk.hangWrites(true)
        defer { disk.hangWrites(false) }
        other.info("record")
        try daemon.status(becomes: "degraded")
        let before = ContinuousClock.now
        log.info("record")
        let after = ContinuousClock.now
        let soonest = (ContinuousClock.now - after) / .milliseconds(1)
        let lag = try place.lag(of: "client")
        let latest = (ContinuousClock.now - before) / .milliseconds(1)
        #expect(lag >= soonest && lag <= latest)
        disk.hangWrites(false)
        try daemon.recovers("a hung write")
        #expect(other.close(timeout: .seconds(10)) == 0)
        try daemon.wait("write the record") { try place.lag(of: "client") == 0 }
      }
      #expect(log.close(timeout: .seconds(10)) == 0)
    }
  }

  @Test func `flushes and reloads while the disk hangs cost no memory, and end with it`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.hangWrites(true)
      defer { disk.hangWrites(false) }
      let log = LogClient(ident: "client", options: place.options(.block))
      log.info("record")
      try daemon.status(becomes: "degraded")
      let before = try daemon.openDescriptors
      for _ in 0..<30 {
        daemon.process.send(SIGHUP)
        #expect(try place.run(.logctl, ["flush", "--timeout", "1ms"]).ending == .exited(1))
      }
      #expect(try daemon.openDescriptors <= before + 3)
      disk.hangWrites(false)
      try daemon.recovers("a hung write")
      #expect(try place.run(.logctl, ["flush"]).ending == .exited(0))
      #expect(log.close(timeout: .seconds(10)) == 0)
    }
    #expect(try place.records().contains { $0.ident == "client" && $0.text == "record" })
  }
}

extension Place {
  /// What `logctl clients` says, in milliseconds.
  fileprivate func lag(of ident: String) throws -> Double {
    struct Answer: Decodable { var clients: [Status.Client] }
    let end = try run(.logctl, ["clients", "--json"])
    let answer = try JSONDecoder().decode(Answer.self, from: Data(end.output.utf8))
    return try #require(answer.clients.first { $0.ident == ident }).lag_ms
  }
}

extension TestDaemon {
  var openDescriptors: Int {
    get throws { try Directory.names(in: "/proc/\(process.pid)/fd").count }
  }
}
