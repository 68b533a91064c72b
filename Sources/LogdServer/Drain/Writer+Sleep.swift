internal import LogdPlatform
internal import LogdWire

// Sleeping without losing a wakeup. The order is store, fence, look again; a producer's is
// store head, fence, load the sleep word: one of the two sees the other.
extension Writer {
  func sleep(_ ticket: UInt32, heldUntil: UInt64?) {
    let now = Clock.monotonicNanoseconds()
    putIdleRingsToSleep(now)
    if batch.count > 0 { commit() }
    let deadline = syncing.deadline(settings)
    if active.isEmpty {
      inbox.word.wait(ticket, nanoseconds: deadline.map { $0 > now ? $0 - now : 0 })
    } else {
      linger(ticket, until: min(deadline ?? .max, heldUntil ?? .max), now)
    }
    counters.wakeups += 1
  }

  /// Rings without news for a while must ring from now on.
  private func putIdleRingsToSleep(_ now: UInt64) {
    let isIdle = { (ring: Ring) in
      ring.isDrained && now &- ring.lastSeen > Writer.lingerNanoseconds && !ring.isClosing
    }
    guard active.contains(where: isIdle) else { return }
    epoch &+= 1
    for ring in active where isIdle(ring) { ring.announce(SleepWord(.asleep, epoch: epoch)) }
    fullFence()
    for ring in active where isIdle(ring) {
      do throws(RingFault) {
        try ring.look(scratch)
        if ring.words.head > ring.loaded || ring.isPressing {
          ring.announce(SleepWord(.awake, epoch: epoch))
          ring.lastSeen = now
        } else {
          reportDrops(of: ring)
          ring.releaseBuffer(&pool)
          ring.isActive = false
        }
      } catch {
        quarantine(ring, error)
      }
    }
    active.removeAll { !$0.isActive }
  }

  /// A short sleep that only errors and full rings end: it pays from some thousand records a
  /// second on, because their producers need not ring.
  private func linger(_ ticket: UInt32, until deadline: UInt64, _ now: UInt64) {
    epoch &+= 1
    for ring in active { ring.announce(SleepWord(.lingering, epoch: epoch)) }
    let end = min(deadline, now &+ Self.lingerNanoseconds)
    inbox.word.wait(ticket, nanoseconds: end > now ? end - now : 0)
    for ring in active { ring.announce(SleepWord(.awake, epoch: epoch)) }
  }
}
