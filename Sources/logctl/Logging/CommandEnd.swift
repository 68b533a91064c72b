internal import Glibc

/// How a command ended.
enum CommandEnd {
  case exited(Int32)
  case signal(Int32)

  /// Of waitpid(2).
  init(status: Int32) {
    let signal = status & 0x7F
    self = signal == 0 ? .exited(status >> 8 & 0xFF) : .signal(signal)
  }

  /// Ends this process in the same way, without a core dump of its own.
  func pass() -> Never {
    switch self {
    case .exited(let code): exit(code)
    case .signal(let signal):
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      // Less is always allowed.
      _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      _ = Glibc.signal(signal, SIG_DFL)
      var own = sigset_t()
      unsafe sigemptyset(&own)
      unsafe sigaddset(&own, signal)
      unsafe pthread_sigmask(SIG_UNBLOCK, &own, nil)
      kill(getpid(), signal)
      // Not one that ends a process, after all.
      exit(128 + signal)
    }
  }
}
