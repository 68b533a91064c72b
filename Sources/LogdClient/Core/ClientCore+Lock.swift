internal import CLinux

// The lock is one word: 0, or the thread pointer of its owner, plus 1 when others may sleep on it.
// So a signal handler sees that it interrupted the owner, and gives up instead of waiting for ever.
// In a process of one thread only handlers can meet it, and to take it costs two plain instructions.
// It is released by an atomic exchange that compares: it stores 0 only over the owner's own number,
// because a call that was interrupted by a fork returns in the child to a lock that is not its own.
// That exchange is also the full fence between publishing a record and looking whether the daemon
// sleeps.
extension ClientCore {
  enum LockResult { case taken, reentered, timedOut, forked }

  @inline(__always)
  func tryLock(_ me: UInt64) -> Bool { block.take(Block.lock, me) }

  /// Waits until `deadline` at most; the generation is that of the call.
  func lock(_ me: UInt64, generation: UInt64, until deadline: UInt64) -> LockResult {
    if tryLock(me) { return confirm(me, generation) }
    for _ in 0..<100 {
      let word = block.load(Block.lock)
      if word & ~1 == me { return .reentered }
      if word == 0, tryLock(me) { return confirm(me, generation) }
      clinux_pause()
    }
    return sleepForLock(me, generation, deadline)
  }

  private func sleepForLock(_ me: UInt64, _ generation: UInt64, _ deadline: UInt64) -> LockResult {
    while block.load(Block.generation) == generation {
      let word = block.load(Block.lock)
      if word & ~1 == me { return .reentered }
      if word == 0 {
        // Others may sleep too: keep the mark for them.
        if block.compareExchange(Block.lock, 0, me | 1) { return confirm(me, generation) }
        continue
      }
      if word & 1 == 0, !block.compareExchange(Block.lock, word, word | 1) { continue }
      let now = clinux_monotonic_ns()
      if now >= deadline { return .timedOut }
      let pause = Int64(min(deadline - now, Nanoseconds.checkInterval))
      // SAFETY: the low half of an aligned word. Why it returned is seen by looking again.
      _ = unsafe clinux_futex_wait(
        block.base + Block.lock, UInt32(truncatingIfNeeded: word | 1), pause, 1)
    }
    return .forked
  }

  /// A handler may have forked just before the lock was taken; then it is the child's, untouched.
  @inline(__always)
  private func confirm(_ me: UInt64, _ generation: UInt64) -> LockResult {
    if block.load(Block.generation) == generation { return .taken }
    unlock(me)
    return .forked
  }

  @inline(__always)
  func unlock(_ me: UInt64) {
    if !block.compareExchange(Block.lock, me, 0) { unlockAndWake(me) }
  }

  @inline(never)
  private func unlockAndWake(_ me: UInt64) {
    guard block.compareExchange(Block.lock, me | 1, 0) else { return }
    // SAFETY: as for the wait.
    _ = unsafe clinux_futex_wake(block.base + Block.lock, 1, 1)
  }
}
