internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// Passes on to a command what is sent to this process, on a thread of its own: the main thread may
/// be waiting for room in the log.
///
/// A key of the terminal reaches the command without us, as it is in the same process group. When
/// the command has ended, a signal does to us what it usually does.
final class PassedSignals: Sendable {
  private static let passed = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2]

  /// The signal mask that the command is to have.
  let before: sigset_t
  private let descriptor: Int32
  private let command = Mutex(Command(pid: 0, pidfd: -1))

  private struct Command {
    var pid: pid_t
    /// Readable once it has ended; -1 when its number may be another's.
    var pidfd: Int32

    var isRunning: Bool { pidfd >= 0 && clinux_poll(pidfd, 1, 0) == 0 }
  }

  /// From now on the signals wait for ``begin(for:)``.
  init() throws(Errno) {
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    before = mask
    // Never closed: the process ends before the thread does.
    descriptor = try check(unsafe clinux_signalfd(Self.passed, Int32(Self.passed.count)))
  }

  func begin(for pid: pid_t) throws(Errno) {
    let pidfd: Int32 = try check(clinux_pidfd(pid))
    command.withLock { $0 = Command(pid: pid, pidfd: pidfd) }
    _ = try PlatformThread("signals") { self.run() }
  }

  /// Returns when the command has ended and its number is not used any more.
  func waitForEnd() {
    let pidfd = command.withLock { $0.pidfd }
    while clinux_poll(pidfd, 1, -1) == 0 {}
    command.withLock { $0.pidfd = -1 }
  }

  private func run() {
    while true {
      _ = clinux_poll(descriptor, 1, -1)
      var isKernel = false
      let signal = unsafe clinux_signalfd_read_sender(descriptor, &isKernel)
      guard signal > 0 else { continue }
      let isPassed = command.withLock { command in
        // Has not been waited for, so the number is its own.
        if command.isRunning, !isKernel { kill(command.pid, signal) }
        return command.isRunning
      }
      if !isPassed { CommandEnd.signal(signal).pass() }
    }
  }
}
