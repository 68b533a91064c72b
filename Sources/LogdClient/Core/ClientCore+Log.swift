internal import CLinux
public import LogdWire

/// A record that is being written: holds the lock from `begin` to `commit`.
///
/// Nothing but writing its parts may happen in between. Four words, so that it is handed on in
/// registers: a larger one costs a log call a tenth of its time.
@safe
@usableFromInline
struct Entry {
  /// Where the frame goes, and how large it may be.
  @usableFromInline let at: UnsafeMutableRawPointer
  @usableFromInline let limits: RecordLimits
  @usableFromInline let stamp: UInt64
  @usableFromInline let generation: UInt64

  @usableFromInline @inline(__always)
  var frame: FrameWriter {
    // SAFETY: reserved in `begin`; nobody else writes there while the lock is held.
    unsafe FrameWriter(at: at, limits)
  }
}

extension ClientCore {
  /// Takes the lock and reserves `bytes` in the ring, or less when the ring does not accept so many.
  /// Nil: the record was given up and counted. Waits for room as the options say.
  @usableFromInline
  func begin(_ severity: UInt8, bytes: Int) -> Entry? {
    let me = clinux_thread_self()
    var generation = block.load(Block.generation)
    if generation & 1 == 0 { generation = adopt(me) }
    guard generation != 0, tryLock(me), block.load(Block.generation) == generation else {
      return beginContended(severity, bytes, generation, me)
    }
    currentRing.beginCall()
    let stamp = now()
    return reserve(bytes, stamp, generation)
      ?? waitForRoom(severity, bytes, stamp, until: deadline(from: stamp), generation, me)
  }

  /// Nil: there is no room in the current ring. The lock is held.
  @inline(__always)
  func reserve(_ bytes: Int, _ stamp: UInt64, _ generation: UInt64) -> Entry? {
    let ring = currentRing
    let limits = ring.recordLimits.atMost(bytes)
    guard let at = unsafe ring.reserve(limits.bytes) else { return nil }
    return unsafe Entry(at: at, limits: limits, stamp: stamp, generation: generation)
  }

  /// Publishes the record, releases the lock, and rings the daemon if it sleeps.
  @usableFromInline @inline(__always)
  func commit(_ entry: Entry, _ frame: FrameWriter, _ severity: UInt8) {
    let bytes = frame.finish(severity: severity, stamp: entry.stamp)
    publish(bytes, severity, entry.stamp, entry.generation)
  }

  @usableFromInline
  func publish(_ bytes: Int, _ severity: UInt8, _ stamp: UInt64, _ generation: UInt64) {
    let me = clinux_thread_self()
    // In a child that a handler forked meanwhile this is the parent's record, not ours.
    unsafe currentRing.publish(bytes, if: block.base + Block.generation, is: generation)
    currentRing.endCall()
    unlock(me)
    attendIfNeeded(severity, stamp, generation, me)
  }

  @inline(__always)
  var currentRing: Ring {
    // SAFETY of the address: there is always a ring, from open() to release().
    unsafe Ring(word: block.load(Block.ring)).unsafelyUnwrapped
  }

  /// The lock was not free, or the process has just been forked.
  @inline(never)
  private func beginContended(
    _ severity: UInt8, _ bytes: Int, _ generation: UInt64, _ me: UInt64
  ) -> Entry? {
    let begun = clinux_monotonic_ns()
    let deadline = deadline(from: begun)
    var generation = generation
    // The lock may have been taken in the instant before a fork; it is the child's then.
    if block.load(Block.generation) != generation { unlock(me) }
    for _ in 0..<3 where generation != 0 {
      switch lock(me, generation: generation, until: deadline) {
      case .taken:
        currentRing.beginCall()
        let stamp = clinux_monotonic_ns()
        return waitForRoom(severity, bytes, stamp, until: deadline, generation, me)
      case .forked: generation = adopt(me)
      case .reentered, .timedOut: generation = 0
      }
    }
    giveUp(severity, begun, me)
    return nil
  }

  /// When a call that began at `stamp` gives up: a little before its time, because the kernel wakes
  /// it a little late. One that drops may still wait for the lock, which nobody holds while waiting
  /// for room.
  func deadline(from stamp: UInt64) -> UInt64 {
    let limit = waitLimit == 0 ? Nanoseconds.checkInterval : waitLimit
    let (sum, overflow) = stamp.addingReportingOverflow(
      limit &- min(limit / 8, Nanoseconds.wakeDelay))
    return overflow ? .max : sum
  }

  /// Counts a record that is lost; the lock is not held, or by the call that we interrupted.
  func giveUp(_ severity: UInt8, _ stamp: UInt64, _ me: UInt64) {
    block.add(1, to: Block.dropped)
    guard block.load(Block.lock) & ~1 != me else { return }  // its owner will tell
    // In a child that has not begun anew, lock, ring and socket are still the parent's: the lock may
    // be held by a thread that is not here. Whoever begins anew tells, or the next call.
    let generation = block.load(Block.generation)
    guard generation & 1 == 1 else { return }
    attendIfNeeded(severity, stamp, generation, me)
  }
}
