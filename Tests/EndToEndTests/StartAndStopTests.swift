internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

@Suite struct `Start and stop` {
  private func messages(_ place: Place) throws -> [String] {
    try place.records().filter { $0.ident == "logd" }.map(\.text)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a signal ends it in order, and the log says when it began and ended`(signal: Int32) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      daemon.stop(signal)
      let messages = try messages(place)
      #expect(messages.first == "logd started")
      #expect(messages.last == "logd is stopping")
    }
  }

  /// Until the rings are empty would be never.
  @Test func `a signal ends it under full load, and the next daemon has what is logged afterwards`()
    throws
  {
    let place = try Place()
    var pool: [Worker] = []
    defer { for worker in pool { worker.finish() } }
    for round in 0..<3 {
      try withDaemon(in: place) { daemon in
        if pool.isEmpty {
          pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
        }
        let size = try FileStatus(of: place.logFile).bytes
        try daemon.wait("write") {
          try FileStatus(of: place.logFile).bytes > size + 4_000_000
        }
        let began = ContinuousClock.now
        daemon.process.send(SIGTERM)
        // A drain without an end fills the disk as long as somebody watches.
        try #require(daemon.process.ending(within: .seconds(10)) == .exited(0))
        print("stopped under load within \(ContinuousClock.now - began), round \(round)")
      }
    }
    try withDaemon(in: place) { _ in
      for worker in pool { worker.finish() }
      try place.expectAll(of: pool)
    }
  }

  @Test func `its sockets are gone when it has ended`() throws {
    let place = try Place()
    var sockets: [String] = []
    try withDaemon(in: place) { _ in sockets = try place.sockets }
    #expect(sockets.count == 4)
    #expect(try place.sockets.isEmpty)
  }

  @Test func `its sockets are gone when a second signal has ended it at once`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.hangWrites(true)
      defer { disk.hangWrites(false) }
      let log = LogClient(ident: "client", options: place.options(.block))
      log.info("waits")
      try daemon.status(becomes: "degraded")
      daemon.process.send(SIGTERM)
      try daemon.status(becomes: "draining")
      daemon.process.send(SIGTERM)
      #expect(daemon.process.ending(within: .seconds(2)) == .exited(0))
      #expect(try place.sockets.isEmpty)
      _ = log.close(timeout: .zero)  // its record is the next daemon's
    }
  }

  /// Everything is written, and a reload waits for the disk.
  private func stopWhileReloading(_ body: (TestDaemon) throws -> Void) throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    try withDaemon(in: place, environment: disk.environment) { daemon in
      disk.hangOpens(true)
      defer { disk.hangOpens(false) }
      let log = LogClient(ident: "client", options: place.options(.block))
      log.info("record")
      daemon.process.send(SIGHUP)
      daemon.process.send(SIGTERM)
      try body(daemon)
      #expect(try place.sockets.isEmpty)
      #expect(try place.hasRecord(of: "client"))
      #expect(log.close(timeout: .zero) == 0)
    }
  }

  @Test func `a disk that hangs a reload does not keep it from stopping`() throws {
    try stopWhileReloading { daemon in
      #expect(daemon.process.ending(within: .seconds(15)) == .exited(0))
    }
  }

  @Test func `a second signal ends it at once, also when everything is written`() throws {
    try stopWhileReloading { daemon in
      try daemon.wait("remove its sockets") { try daemon.place.sockets.isEmpty }
      daemon.process.send(SIGTERM)
      #expect(daemon.process.ending(within: .seconds(2)) == .exited(0))
    }
  }

  @Test func `a start that fails leaves no socket`() throws {
    let place = try Place()
    let end = try place.run(
      .logd, ["--log-file", place.logFile, "--set", "listen.native.group=no-such-group"])
    #expect(end.ending == .exited(78))
    #expect(try place.sockets.isEmpty)
  }

  @Test func `it starts over the sockets that a killed one left, and appends`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      try daemon.wait("write that it started") { try !messages(place).isEmpty }
      daemon.process.kill()
    }
    #expect(!place.isServing("native.sock", CLINUX_SEQPACKET))
    try withDaemon(in: place) { _ in }
    #expect(try messages(place).filter { $0 == "logd started" }.count == 2)
  }

  @Test func `a second one on the same directory ends with 75, the first goes on`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let second = try place.run(.logd, ["--log-file", place.file("second.log")])
      #expect(second.ending == .exited(75))
      #expect(second.errors.contains("another logd already serves \(place.runtimeDirectory)"))
      #expect(daemon.process.ending(within: .zero) == nil)
      #expect(place.isServing("native.sock", CLINUX_SEQPACKET))
    }
  }

  @Test func `two can run side by side`() throws {
    let places = try [Place(), Place()]
    try withDaemon(in: places[0]) { _ in
      try withDaemon(in: places[1]) { _ in
        #expect(places.allSatisfy { $0.isServing("native.sock", CLINUX_SEQPACKET) })
      }
    }
  }

  @Test func `a file that does not end in a newline gets one`() throws {
    let place = try Place()
    try place.write("cut short", to: "logd.log")
    try withDaemon(in: place) { _ in }
    let text = try place.text(of: place.logFile)
    #expect(text.hasPrefix("cut short\n"))
    #expect(text.split(separator: "\n").dropFirst().allSatisfy { $0.contains(" logd[") })
  }

  @Test func `what it says on standard error of a good run is nothing`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      daemon.stop()
      #expect(daemon.process.standardError == "")
      #expect(daemon.process.standardOutput == "")
    }
  }
}
