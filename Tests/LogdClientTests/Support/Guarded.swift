import Foundation

/// A value behind a lock of pthreads, which the thread sanitizer understands; it does not see
/// through `Synchronization.Mutex`. Who waits for it to become something looks after each change.
final class Guarded<Value>: @unchecked Sendable {
  private let changed = NSCondition()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Answer>(_ body: (inout Value) throws -> Answer) rethrows -> Answer {
    changed.lock()
    defer {
      changed.broadcast()
      changed.unlock()
    }
    return try body(&value)
  }

  /// Whether it became so before the deadline.
  func wait(until deadline: Date, for isTrue: (Value) -> Bool) -> Bool {
    changed.lock()
    defer { changed.unlock() }
    while !isTrue(value) {
      guard changed.wait(until: deadline) else { return isTrue(value) }
    }
    return true
  }
}
