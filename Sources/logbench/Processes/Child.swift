internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A process that we started: to be waited for exactly once.
struct Child: Sendable {
  let pid: Int32

  /// How a process ended, and what it has used.
  struct End: Sendable {
    /// The exit code, or 128 and the number of the signal that killed it.
    let code: Int32
    let peakBytes: Int
    /// User and system time.
    let cpuSeconds: Double
  }

  /// Starts the program at `path`, posix_spawn(3). It inherits standard streams and, as numbers 3,
  /// 4, …, the given descriptors, which must all be above those numbers.
  static func start(
    _ path: String, _ arguments: [String], descriptors: [Int32] = []
  ) throws(SystemError) -> Child {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (index, descriptor) in descriptors.enumerated() {
      let number = Int32(3 + index)
      precondition(descriptor > 3 + descriptors.count, "no descriptor overwrites another")
      unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, number)
    }
    // SAFETY: every string lives until it is freed below, the array ends with nil.
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawn(&pid, path, &actions, nil, &words, environ)
    guard code == 0 else { throw SystemError("start", path, Errno(code)) }
    return Child(pid: pid)
  }

  /// Starts this program again with other arguments.
  static func startSelf(
    _ arguments: [String], descriptors: [Int32] = []
  ) throws(SystemError) -> Child {
    try start(ownProgram, arguments, descriptors: descriptors)
  }

  static let ownProgram = "/proc/self/exe"

  /// Waits until it has ended, wait4(2).
  func wait() -> End {
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(pid, &status, 0, &usage) < 0 {
      precondition(Errno.current.rawValue == EINTR, "our child, not yet waited for")
    }
    return Self.end(status, usage)
  }

  /// How it ended, if it has; never waits.
  func endIfEnded() -> End? {
    var status: Int32 = 0
    var usage = rusage()
    guard unsafe wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
    return Self.end(status, usage)
  }

  private static func end(_ status: Int32, _ usage: rusage) -> End {
    let signal = status & 0x7f
    let code = signal == 0 ? status >> 8 & 0xff : 128 + signal
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return End(
      code: code, peakBytes: usage.ru_maxrss * 1024,
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
  }

  /// Sends a signal, kill(2). It has not been waited for, so the number is still its own.
  func send(_ signal: Int32) { _ = kill(pid, signal) }  // fails only when it has ended: fine
}
