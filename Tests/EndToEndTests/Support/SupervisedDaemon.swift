internal import CLinux
internal import FoundationEssentials
internal import Glibc
internal import LogdPlatform
internal import Testing

/// A logd of its own for a test, under its supervisor, started from a copy of the program that can
/// be replaced.
final class SupervisedDaemon {
  let place: Place
  let daemon: TestDaemon
  /// What the supervisor starts.
  let program: String

  init(
    _ place: Place, _ options: [String] = [], environment: [String: String] = [:],
    program original: Program = .logd
  ) throws {
    self.place = place
    program = place.file("logd")
    try FileManager.default.copyItem(atPath: original.path, toPath: program)
    daemon = try TestDaemon(
      place, options, environment: environment, isSupervised: true, path: program)
  }

  deinit { supervisor.kill() }

  var supervisor: RunningProgram { daemon.process }

  /// The daemon's process number, once there is one.
  func child() throws -> Int32 {
    var child: Int32?
    try daemon.wait("have a child") {
      let pid = supervisor.pid
      child = Int32(
        try place.text(of: "/proc/\(pid)/task/\(pid)/children").prefix { $0.isNumber })
      return child != nil
    }
    return try #require(child)
  }

  /// Kills the daemon and waits for another one. Answers its number.
  @discardableResult
  func killChild(_ signal: Int32 = SIGKILL) throws -> Int32 {
    let old = try child()
    kill(old, signal)
    try daemon.wait("start another daemon") { try child() != old }
    return try child()
  }

  /// Puts a shell script in the place of the program, at once.
  func replaceProgram(byScript script: String) throws {
    try place.write("#!/bin/sh\n\(script)\n", to: "logd.new")
    try replaceProgram(by: place.file("logd.new"))
  }

  func replaceProgram(by path: String) throws {
    try #require(unsafe chmod(path, 0o755) == 0)
    try #require(unsafe rename(path, program) == 0)
  }
}

/// Whether a process ends within `limit`; one that is gone has.
func ends(_ pid: Int32, within limit: Duration) -> Bool {
  let number = clinux_pidfd(pid)
  guard number >= 0 else { return true }
  let pidfd = Descriptor(owning: number)
  return clinux_poll(pidfd.raw, 1, Int32(limit / .milliseconds(1))) > 0
}
