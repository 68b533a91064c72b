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

  func ready(_ events: Events) {
    while true {
      let signal = clinux_signalfd_read(descriptor.raw)
      if signal == 0 { return }
      handle(signal)
    }
  }
}
