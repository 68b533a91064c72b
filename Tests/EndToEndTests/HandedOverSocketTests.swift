internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import TestSupport
internal import Testing

/// Listening sockets that somebody else has made, as with systemd: systemd-socket-activate(1)
/// hands them over to a program that it becomes when the first client comes.
@Suite struct `Handed over sockets` {
  private func activate(_ place: Place, _ name: String, _ kind: [String]) throws -> RunningProgram {
    _ = try Directory.make(place.runtimeDirectory, mode: 0o755)
    let socket = "\(place.runtimeDirectory)/native.sock"
    let daemon = [Program.logd.path, "--runtime-dir", place.runtimeDirectory]
    let running = try place.start(
      .socketActivate,
      kind + ["--fdname", name, "-l", socket] + daemon + ["--log-file", place.logFile])
    let deadline = ContinuousClock.now + .seconds(10)
    let type = kind.isEmpty ? CLINUX_STREAM : CLINUX_SEQPACKET
    while !place.isServing("native.sock", type) {
      guard ContinuousClock.now < deadline else { throw EndToEndFailure("no socket") }
    }
    return running
  }

  @Test func `one with the right name is served, and left where it is`() throws {
    let place = try Place()
    let daemon = try activate(place, "native", ["--seqpacket"])
    defer { daemon.kill() }
    let worker = try Worker("worker", place.runtimeDirectory, 1000)
    worker.finish()
    #expect(worker.undelivered == 0)
    daemon.send(SIGTERM)
    #expect(daemon.ending(within: .seconds(20)) == .exited(0), "\(daemon.standardError)")
    #expect(try place.records().count { $0.ident == "worker" } == 1000)
    #expect(try FileStatus(of: "\(place.runtimeDirectory)/native.sock").kind == .socket)
    #expect(throws: Errno.self) { try FileStatus(of: "\(place.runtimeDirectory)/control.sock") }
  }

  @Test func `one of the wrong type is a wrong configuration, and named`() throws {
    let place = try Place()
    let daemon = try activate(place, "native", [])
    #expect(daemon.ending(within: .seconds(20)) == .exited(78))
    #expect(daemon.standardError.contains("\"native\""))
    #expect(daemon.standardError.contains("ListenSequentialPacket="))
  }

  @Test func `one of an unknown name is closed, and the log says so`() throws {
    let place = try Place()
    let daemon = try activate(place, "other", ["--seqpacket"])
    defer { daemon.kill() }
    let worker = try Worker("worker", place.runtimeDirectory, 1)
    worker.finish()
    let said = try place.records().first { $0.text.hasPrefix("closed a descriptor") }
    #expect(said?.value("name") == .string(Array("other".utf8)))
  }

  @Test(arguments: ["--supervise", "--no-supervise"])
  func `a wrong count of handed over descriptors is named`(mode: String) throws {
    let place = try Place()
    let script = "LISTEN_FDS=none LISTEN_PID=$$ exec \(Program.logd.path) \(mode)"
    let daemon = try place.start(.env, ["sh", "-c", script])
    #expect(daemon.ending(within: .seconds(20)) == .exited(78))
    #expect(daemon.standardError.hasPrefix("logd: LISTEN_FDS=none does not say"))
  }

  @Test func `what a daemon binds itself is kept by its manager, and given up at the end`() throws {
    let place = try Place()
    let manager = try NotifySocket(path: place.file("notify.sock"))
    let sockets = { manager.store.map(\.name).filter { $0.hasPrefix("own-") } }
    try manager.reading {
      try withDaemon(in: place, environment: ["NOTIFY_SOCKET": manager.address]) { daemon in
        #expect(manager.hears("FDNAME=own-native"))
        #expect(sockets() == ["own-lines", "own-syslog", "own-control", "own-native"])
        daemon.stop()
      }
    }
    #expect(sockets().isEmpty)
    #expect(throws: Errno.self) { try FileStatus(of: "\(place.runtimeDirectory)/native.sock") }
  }

  @Test func `a second one that is kept by a manager waits for the first to end`() throws {
    let place = try Place()
    let manager = try NotifySocket(path: place.file("notify.sock"))
    try withDaemon(in: place) { first in
      let second = try place.start(
        .logd, ["--runtime-dir", place.runtimeDirectory, "--log-file", place.logFile],
        environment: ["NOTIFY_SOCKET": manager.address])
      defer { second.kill() }
      try manager.reading {
        let status = "STATUS=waiting for another logd that still serves \(place.runtimeDirectory)"
        #expect(manager.hears(status))
        #expect(manager.count(of: "FDSTORE=1") == 0)
        first.process.kill()
        #expect(manager.hears("READY=1"))
        second.send(SIGTERM)
        #expect(second.ending(within: .seconds(20)) == .exited(0), "\(second.standardError)")
      }
    }
  }
}
