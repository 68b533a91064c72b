internal import CLinux
internal import Glibc
internal import Synchronization

/// What a thread sleeps on until another calls it, now or at an instant: an event count, as ``WakeWord``,
/// with an eventfd(2) and a timerfd_create(2) beside it.
///
/// A call between `ticket` and `wait` is not lost: the count has moved, so `wait` returns at once.
/// Nor is one for an instant that passes meanwhile.
public final class Alarm: Sendable {
  private let calls = Atomic<UInt32>(0)
  private let isAsleep = Atomic<Bool>(false)
  private let event: Int32
  private let timer: Int32

  public init() throws(Errno) {
    event = try check(clinux_eventfd())
    timer = try check(clinux_timerfd())
  }

  deinit {
    _ = clinux_close(event)
    _ = clinux_close(timer)
  }

  /// The count now; take it before looking at what may be waiting.
  public var ticket: UInt32 { calls.load(ordering: .acquiring) }

  /// Wakes the sleeper, or makes its next `wait` return at once. From any thread.
  public func wake() {
    calls.add(1, ordering: .sequentiallyConsistent)
    guard isAsleep.load(ordering: .sequentiallyConsistent) else { return }
    var one: UInt64 = 1
    // EAGAIN: the counter is full, so the sleeper is being woken anyway.
    _ = unsafe clinux_write(event, &one, 8)
  }

  /// Wakes the sleeper at an instant of CLOCK_MONOTONIC, and not at the one set before. From any thread;
  /// two of them agree first which is the earlier.
  public func set(at instant: UInt64) {
    let result = clinux_timerfd_set(timer, instant)
    precondition(result == 0, "an instant within the reach of the clock")
  }

  /// As if it had not been set.
  public func unset() { set(at: 0) }

  /// Sleeps until it is called after `ticket` was taken, or at an instant, or until the timeout; `nil`
  /// waits for ever.
  public func wait(_ ticket: UInt32, nanoseconds: UInt64?) {
    isAsleep.store(true, ordering: .sequentiallyConsistent)
    if calls.load(ordering: .sequentiallyConsistent) == ticket {
      let timeout = nanoseconds.map { Int64(clamping: $0) } ?? -1
      let woken = clinux_await_either(event, timer, timeout)
      if woken > 0, woken & 1 != 0 { hear(event) }
      if woken > 0, woken & 2 != 0 { hear(timer) }
    }
    isAsleep.store(false, ordering: .relaxed)
  }

  /// Resets what it says; its value does not matter.
  private func hear(_ descriptor: Int32) {
    var count: UInt64 = 0
    _ = unsafe clinux_read(descriptor, &count, 8)
  }
}
