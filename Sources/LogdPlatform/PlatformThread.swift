internal import CLinux

/// A thread of our own: named, with a small stack, joinable.
public struct PlatformThread: Sendable {
  private let handle: UInt

  /// Starts `body` on a new thread. `name`: at most 15 bytes, as `ps -L` shows it.
  public init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
    let box = unsafe Unmanaged.passRetained(Body(body))
    var handle: UInt = 0
    let result = unsafe clinux_thread(
      name, 512 << 10,
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      }, box.toOpaque(), &handle)
    if result < 0 {
      unsafe box.release()
      throw Errno(-result)
    }
    self.handle = handle
  }

  /// Waits until the thread has ended, at most until `deadline` (CLOCK_MONOTONIC): whether it has.
  /// Once.
  @discardableResult
  public func join(by deadline: UInt64 = .max) -> Bool { clinux_thread_join(handle, deadline) == 0 }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
