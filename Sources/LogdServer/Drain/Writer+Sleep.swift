internal import LogdPlatform
internal import LogdWire

// Sleeping without losing a wakeup. The order is store, fence, look again; a producer's is
// store head, fence, load the sleep word: one of the two sees the other.
extension Writer {
  func sleep(_ ticket: UInt32, after pass: PassOutcome) {
    let now = Clock.monotonicNanoseconds()
    putIdleRingsToSleep(now)
    if batch.count > 0 { commit() }
    let ownDue = own.first.map { $0.key &+ settings.windowNanoseconds }
    let deadline = earlier(earlier(syncing.deadline(settings), fileRetry), ownDue)
    if active.isEmpty {
      inbox.word.wait(ticket, nanoseconds: deadline.map { $0 > now ? $0 - now : 0 })
    } else {
      linger(ticket, until: min(deadline ?? .max, lingerEnd(after: pass, now)), now)
    }
    counters.wakeups += 1
  }

  func earlier(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
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
        ring.quarantine(error)
      }
    }
    active.removeAll { !$0.isActive }
  }

  /// Records that are held for the order window are looked at when the first is due; while more
  /// keep coming a little later, together with those that follow.
  private func lingerEnd(after pass: PassOutcome, _ now: UInt64) -> UInt64 {
    guard let due = pass.heldUntil else { return now &+ Self.lingerNanoseconds }
    return pass.didWrite ? due &+ Self.lingerNanoseconds : due
  }

  /// A short sleep that only errors and full rings end: it pays from some thousand records a
  /// second on, because their producers need not ring.
  private func linger(_ ticket: UInt32, until deadline: UInt64, _ now: UInt64) {
    epoch &+= 1
    for ring in active { ring.announce(SleepWord(.lingering, epoch: epoch)) }
    inbox.word.wait(ticket, nanoseconds: deadline > now ? deadline - now : 0)
    for ring in active { ring.announce(SleepWord(.awake, epoch: epoch)) }
  }
}
