internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The daemon that is killed: under its supervisor, or started again by us.
struct KilledDaemon {
  private let program: String
  private let arguments: [String]
  private let isSupervised: Bool
  /// The supervisor, or the daemon itself.
  private var started: Child
  /// The daemon.
  private(set) var pid: Int32

  init(_ options: DaemonOptions, place: Place, logFile: String, isSupervised: Bool) throws {
    self.isSupervised = isSupervised
    program = options.program
    arguments =
      [
        isSupervised ? "--supervise" : "--no-supervise", "--config", "/dev/null", "--runtime-dir",
        place.runtimeDirectory, "--log-file", logFile, "--set", "file.format=\(options.format)",
      ] + options.settings.flatMap { ["--set", $0] }
    started = try Child.start(program, arguments)
    pid = started.pid
    try started.waitUntilServing(place.runtimeDirectory + "/native.sock", CLINUX_SEQPACKET)
    if isSupervised { pid = try nextChild(after: 0) }
  }

  /// Kills the daemon and waits until it is gone. Answers when it was killed.
  func kill() throws -> UInt64 {
    let pidfd = Descriptor(owning: clinux_pidfd(pid))
    guard pidfd.raw >= 0 else { throw Failure("the daemon (\(pid)) has ended by itself") }
    let now = clinux_monotonic_ns()
    _ = Glibc.kill(pid, SIGKILL)
    guard clinux_poll(pidfd.raw, 1, 60_000) > 0 else { throw Failure("\(pid) does not die") }
    return now
  }

  /// Has it rotate its file. One that is dead just now does not.
  func rotate() { _ = Glibc.kill(pid, SIGUSR1) }

  /// Starts the next one, or finds the one that the supervisor has started.
  mutating func restart() throws {
    if isSupervised {
      pid = try nextChild(after: pid)
    } else {
      _ = started.wait()
      started = try Child.start(program, arguments)
      pid = started.pid
    }
  }

  /// Throws when what we have started has ended.
  func check() throws {
    if let end = started.endIfEnded() { throw Failure("logd ended with code \(end.code)") }
  }

  private func nextChild(after old: Int32) throws -> Int32 {
    let deadline = clinux_monotonic_ns() + 30_000_000_000
    while clinux_monotonic_ns() < deadline {
      let children = readText("/proc/\(started.pid)/task/\(started.pid)/children") ?? ""
      if let child = Int32(children.prefix { $0.isNumber }), child != old { return child }
      try check()
      _ = clinux_poll(-1, 0, 1)
    }
    throw Failure("the supervisor starts no daemon")
  }

  /// Ends all in order.
  func stop() throws {
    started.send(SIGTERM)
    let code = started.wait().code
    guard code == 0 else { throw Failure("logd ended with code \(code)") }
  }

  /// Ends all in any state.
  func end() {
    started.send(SIGKILL)
    _ = started.wait()
  }
}
