internal import CLinux
internal import LogdWire

extension ClientCore {
  /// The ring is full, or something has to be done first. The lock is held; it is released while
  /// waiting and when nil is returned.
  @inline(never)
  func waitForRoom(
    _ severity: UInt8, _ bytes: Int, _ stamp: UInt64, until deadline: UInt64,
    _ generation: UInt64, _ me: UInt64
  ) -> Entry? {
    var now = stamp
    var hasWaited = false
    while block.link.phase != .closed {
      guard isCurrent(generation) else { return nil }  // the parent's record
      maintainIfDue(now, generation)
      // Loaded before the look for room: when it changes after that, there is no sleeping on it.
      let known = currentRing.tail
      let ring = settledRing()
      if let entry = reserve(bytes, stamp, generation) {
        // One waiter is woken at a time; there may be room for the next one too.
        if hasWaited && ring.hasWaiters { ring.wakeWaiters(1) }
        if ring.isFilling { ringBell(.unlessRung) }
        return entry
      }
      guard waitLimit > 0, now < deadline else { break }
      hasWaited = true
      pause(on: ring, .room, known, now, until: deadline, me)
      now = clinux_monotonic_ns()
      switch lock(me, generation: generation, until: deadline) {
      case .taken: break
      case .forked: return nil  // it is the parent's record
      case .reentered, .timedOut:
        giveUp(severity, stamp, me)
        return nil
      }
    }
    block.add(1, to: Block.dropped)
    publishDropped()
    currentRing.endCall()
    ringBell(.unlessRung)
    unlock(me)
    attendIfNeeded(severity, stamp, generation, me)
    return nil
  }

  /// The current ring, after what older rings still hold was moved there as far as it goes.
  func settledRing() -> Ring {
    let ring = currentRing
    if ring.next != nil {
      retire(ring.moveOlder())
      ringBell(.always)
    }
    ring.refresh()
    return ring
  }

  enum Awaited { case room, written, synced }

  /// Releases the lock and sleeps until the daemon has come further than `known`, at most to
  /// `deadline` and at most until the connection has to be looked at.
  func pause(
    on ring: Ring, _ awaited: Awaited, _ known: UInt64, _ now: UInt64, until deadline: UInt64,
    _ me: UInt64
  ) {
    let socket = block.link.phase == .waiting ? block.link.socket : -1
    ring.pin()
    if awaited == .room { ring.addWaiter() }
    ringBell(awaited == .room ? .unlessAwake : .always)
    let due = block.load(Block.nextCheck)
    let until = min(deadline, max(due, now + Nanoseconds.firstLook))
    let nanoseconds = until > now ? Int64(min(until - now, Nanoseconds.checkInterval)) : 0
    unlock(me)
    if socket >= 0 {
      // The grant comes on the socket. Should the number be another's by now, we only look.
      let milliseconds = Int32(
        (min(deadline - now, Nanoseconds.checkInterval) + 999_999) / 1_000_000)
      if clinux_poll(socket, 1, milliseconds) != 0 { block.store(0, at: Block.nextCheck) }
    } else {
      switch awaited {
      case .room: ring.waitForTail(other: known, nanoseconds, for: Layout.WaitBits.room)
      case .written: ring.waitForTail(other: known, nanoseconds, for: Layout.WaitBits.flush)
      case .synced: ring.waitForSynced(other: known, nanoseconds, for: Layout.WaitBits.flush)
      }
    }
    if awaited == .room { ring.removeWaiter() }
    ring.unpin()
  }
}
