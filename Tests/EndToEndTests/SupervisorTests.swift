internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

@Suite struct `The supervisor` {
  @Test func `kill -9 of the daemon brings another one, and producers notice nothing`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let supervisor = logd.supervisor.pid
    let worker = try Worker("worker", place.runtimeDirectory)
    var pids = [try logd.child()]
    for _ in 0..<5 {
      let size = try FileStatus(of: place.logFile).bytes
      try logd.daemon.wait("write") { try FileStatus(of: place.logFile).bytes > size + 100_000 }
      pids.append(try logd.killChild())
    }
    #expect(Set(pids).count == pids.count && !pids.contains(supervisor))
    worker.finish()
    #expect(worker.undelivered == 0)
    logd.daemon.stop()
    let texts = try place.records().filter { $0.ident == "worker" }.map(\.text)
    let expected = (0..<worker.count).map { "record \($0)" }
    let isExact = texts == expected  // not in the macro: it would print them all
    #expect(isExact)
    let said = logd.supervisor.standardError.split(separator: "\n")
    #expect(said.count == 5 && said.allSatisfy { $0.contains("was killed by signal 9") })
  }

  @Test func `who is who is shown by ps, and a terminal's signals reach the supervisor alone`()
    throws
  {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let (parent, child) = (logd.supervisor.pid, try logd.child())
    #expect(try place.text(of: "/proc/\(parent)/comm") == "logd-supervisor\n")
    #expect(try place.text(of: "/proc/\(child)/comm") == "logd\n")
    #expect(getpgid(child) != getpgid(parent))
    logd.daemon.stop()
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a signal to end ends both, with 0`(signal: Int32) throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let child = try logd.child()
    logd.daemon.stop(signal)
    #expect(ends(child, within: .zero))
    #expect(logd.supervisor.standardError == "")
    #expect(try place.records().last?.text == "logd is stopping")
  }

  @Test func `a daemon that is ended by itself is not started again`() throws {
    let logd = try SupervisedDaemon(Place())
    kill(try logd.child(), SIGTERM)
    #expect(logd.supervisor.ending(within: .seconds(20)) == .exited(0))
  }

  @Test func `a stop that finds the daemon dead is a stop`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    // The signal to end comes while the next one starts: it is not lost.
    kill(try logd.child(), SIGKILL)
    logd.daemon.stop()
    #expect(try place.records().last?.text == "logd is stopping")
  }

  @Test func `a daemon that does not start ends the supervisor with its code`() throws {
    let place = try Place()
    let wrong = try place.run(
      .logd, ["--supervise", "--log-file", place.logFile, "--set", "file.sync=perhaps"])
    #expect(wrong.ending == .exited(78))
    #expect(wrong.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("logd: ") })
    let logd = try SupervisedDaemon(place)
    let second = try place.run(.logd, ["--supervise", "--log-file", place.file("second.log")])
    #expect(second.ending == .exited(75))
    #expect(place.isServing("native.sock", CLINUX_SEQPACKET))
    logd.daemon.stop()
  }

  @Test func `the daemon dies with the supervisor`() throws {
    let logd = try SupervisedDaemon(Place())
    let child = try logd.child()
    logd.supervisor.kill()
    #expect(ends(child, within: .seconds(10)))
  }

  @Test func `SIGHUP and SIGUSR2 reach the daemon`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place, ["--set", "file.sync=never"])
    logd.supervisor.send(SIGHUP)
    try logd.daemon.wait("reopen the file") {
      try place.records().contains { $0.text == "reopened the log file" }
    }
    #expect(try place.status().file.synced_bytes == 0)
    logd.supervisor.send(SIGUSR2)
    try logd.daemon.wait("sync") { try place.status().file.synced_bytes > 0 }
    logd.daemon.stop()
  }

  @Test func `after an upgrade the next daemon is the new program`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    try place.write("", to: "marked")
    try logd.replaceProgram(
      byScript: "echo \"$1\" >\(place.file("marked")); exec \(Program.logd.path) \"$@\"")
    try logd.killChild()
    try logd.daemon.wait("run the new program") {
      try place.text(of: place.file("marked")) == "--no-supervise\n"
    }
    logd.daemon.stop()
  }

  @Test func `while there is no program at all the old one is started again`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    try #require(unsafe unlink(logd.program) == 0)
    try logd.killChild()
    try logd.daemon.wait("serve") { place.isServing("native.sock", CLINUX_SEQPACKET) }
    logd.daemon.stop()
  }

  /// Lower limits only: a busy machine may take longer.
  @Test func `a daemon that goes on dying is started less and less often`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    try place.write("", to: "starts")
    try logd.replaceProgram(
      byScript: "trap '' TERM; date +%s%N >>\(place.file("starts")); kill -ABRT $$")
    kill(try logd.child(), SIGKILL)
    var starts: [Int] = []
    try logd.daemon.wait("be started again and again") {
      let lines = try place.text(of: place.file("starts")).split(separator: "\n")
      starts = lines.compactMap { Int($0) }
      return starts.count >= 8
    }
    let gaps = zip(starts.dropFirst(), starts).map { ($0 - $1) / 1_000_000 }
    // The first restart may be at once, then 10, 20, 40, …
    #expect(gaps.dropFirst(3).first.map { $0 >= 40 } == true, "\(gaps)")
    #expect(gaps[6] >= 320, "\(gaps)")
    logd.supervisor.send(SIGTERM)
    #expect(logd.supervisor.ending(within: .seconds(20)) == .exited(128 + SIGABRT))
  }

  /// The socket is held by the supervisor, and with it who waits there.
  @Test func `who connects while there is no daemon is served by the next one`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let gate = place.file("gate")
    try logd.replaceProgram(
      byScript: "until test -e \(gate); do sleep 0.01; done; exec \(Program.logd.path) \"$@\"")
    try logd.killChild()
    let client = try RawClient(place)
    try client.send(RawClient.hello(ident: "patient"))
    try place.write("", to: "gate")
    try client.takeGrant()
    client.publish("was here")
    try logd.daemon.wait("drain") { client.isDrained }
    logd.daemon.stop()
    #expect(try place.records().contains { $0.ident == "patient" && $0.text == "was here" })
  }

  /// P4 and P6: its ring is with the supervisor, not with its daemon and not with itself.
  @Test func `what a producer logs that dies while there is no daemon is written by the next`()
    throws
  {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let client = try RawClient(place, ident: "mortal")
    let gate = place.file("gate")
    try logd.replaceProgram(
      byScript: "until test -e \(gate); do sleep 0.01; done; exec \(Program.logd.path) \"$@\"")
    try logd.killChild()
    // As many as its bell can be rung for while nobody hears it.
    for number in 0..<5 { client.publish("record \(number)") }
    client.hangUp()
    try place.write("", to: "gate")
    try logd.daemon.wait("write") { try place.hasRecord(of: "mortal") }
    logd.daemon.stop()
    let texts = try place.records().filter { $0.ident == "mortal" }.map(\.text)
    #expect(texts == (0..<5).map { "record \($0)" })
  }
}
