internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Signals as events of the loop, signalfd(2).
final class SignalSource: EventHandler {
  private let descriptor: Descriptor
  private let handle: (Int32) -> Void

  /// Blocks the signals in the calling thread and in all that it starts afterwards: to be made
  /// before any other thread.
  init(_ signals: [Int32], _ loop: EventLoop, _ handle: @escaping (Int32) -> Void) throws(Errno) {
    descriptor = Descriptor(
      owning: try check(unsafe clinux_signalfd(signals, Int32(signals.count))))
    self.handle = handle
    _ = try loop.add(descriptor.raw, .readable, self)
  }

  /// To be called when nobody reads them any more: each, also one that waits, ends the process at
  /// once with 0.
  static func endProcess(on signals: [Int32]) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for each in signals {
      _ = signal(each) { _ in _exit(0) }
      unsafe sigaddset(&set, each)
    }
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  func ready(_ events: Events) {
    while true {
      let signal = clinux_signalfd_read(descriptor.raw)
      if signal == 0 { return }
      handle(signal)
    }
  }
}
