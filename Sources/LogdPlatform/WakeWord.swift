internal import CLinux

/// What a thread sleeps on until another calls it: an event count, as a futex(2).
///
/// A wake between `ticket` and `wait` is not lost: the count has moved, so `wait` returns at once.
// SAFETY: the word lives as long as the object and is only accessed atomically.
@safe public final class WakeWord: @unchecked Sendable {
  private let word: UnsafeMutableRawPointer

  public init() {
    unsafe word = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    unsafe word.initializeMemory(as: UInt64.self, repeating: 0, count: 8)
  }

  deinit { unsafe word.deallocate() }

  /// The count now; take it before looking at what may be waiting.
  public var ticket: UInt32 { unsafe clinux_load_acquire_u32(word) }

  /// Wakes the sleeper, or makes its next `wait` return at once. From any thread.
  public func wake() {
    unsafe _ = clinux_add_u32(word, 1)
    clinux_fence()
    if unsafe clinux_load_relaxed_u32(word + 4) != 0 { unsafe _ = clinux_futex_wake(word, 1, .max) }
  }

  /// Sleeps until a wake after `ticket` was taken, or the timeout; `nil` waits for ever.
  public func wait(_ ticket: UInt32, nanoseconds: UInt64?) {
    unsafe clinux_store_relaxed_u32(word + 4, 1)
    clinux_fence()
    if unsafe clinux_load_acquire_u32(word) == ticket {
      let timeout = nanoseconds.map { Int64(clamping: $0) } ?? -1
      unsafe _ = clinux_futex_wait(word, ticket, timeout, .max)
    }
    unsafe clinux_store_relaxed_u32(word + 4, 0)
  }
}
