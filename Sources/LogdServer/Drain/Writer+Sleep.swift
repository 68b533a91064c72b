internal import LogdPlatform
internal import LogdWire

// Sleeping without losing a wakeup. The order is store, fence, look again; a producer's is
// store head, fence, load the sleep word: one of the two sees the other.
//
// What it costs decides what is done. To be woken costs as much as to write some dozens of records,
// and a bell as much as some dozens of looks at a ring that has nothing. So
// - a ring that had nothing for a millisecond has to ring for its next record (asleep);
// - while records keep coming (``Flow``) it is looked at for longer, whenever the others make
//   the writer wake, and only its errors ring, or that it fills (lingering, until one rings or fills);
// - then records wait for those that follow, four times as long as for those that go before, unless
//   there are so many that a ring would fill: one that is more than half full is written at once, in
//   time order or not;
// - a record that was rung for is written as soon as it may be, or the next that is rung for meanwhile.
// No ring that does not have to ring: sleep without a timeout.
extension Writer {
  func sleep(_ ticket: UInt32, after pass: PassOutcome) {
    let now = Clock.monotonicNanoseconds()
    putIdleRingsToSleep(now, flow.isSteady(active.count) ? Self.quietMax : Self.lingerNanoseconds)
    if batch.count > 0 { commit() }
    let ownDue = own.first.map { $0.key &+ settings.windowNanoseconds }
    let deadline = earlier(earlier(syncing.deadline(settings), fileRetry), ownDue)
    if active.isEmpty {
      inbox.alarm.wait(ticket, nanoseconds: deadline.map { $0 > now ? $0 - now : 0 })
    } else {
      linger(ticket, until: min(deadline ?? .max, lingerEnd(after: pass, now)), now)
    }
    counters.wakeups += 1
  }

  func earlier(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
  }

  /// Rings that had nothing for so long must ring from now on.
  private func putIdleRingsToSleep(_ now: UInt64, _ quiet: UInt64) {
    let isIdle = { (ring: Ring) in
      ring.isDrained && now &- ring.lastSeen > quiet && !ring.isClosing
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
          ringsLinger = false
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

  /// When the first record that is held is due; while more keep coming, later, together with those.
  func lingerEnd(after pass: PassOutcome, _ now: UInt64) -> UInt64 {
    let longest = flow.isFast ? Self.lingerNanoseconds : Self.gatherMax
    let gather = flow.isSteady(active.count) ? min(4 * settings.windowNanoseconds, longest) : 0
    let end = pass.heldUntil.map { $0 &+ gather } ?? now &+ max(gather, Self.lingerNanoseconds)
    return min(end, flow.rungBy)
  }

  /// A short sleep that only errors and rings that fill end: it pays because their producers need not
  /// ring for each record.
  private func linger(_ ticket: UInt32, until deadline: UInt64, _ now: UInt64) {
    let isTold = ringsLinger && !active.contains { $0.isFilling }
    let end = isTold ? deadline : min(deadline, startLingering(now))
    inbox.alarm.wait(ticket, nanoseconds: end > now ? end - now : 0)
    if !flow.isSteady(active.count) || flow.isFast { stopLingering() }
  }

  /// When to look at what came before the rings heard of it.
  private func startLingering(_ now: UInt64) -> UInt64 {
    ringsLinger = true
    epoch &+= 1
    for ring in active { ring.announce(SleepWord(.lingering, epoch: epoch)) }
    fullFence()
    return endByNews(now)
  }

  /// They hear it anew the next time: one that has rung would not ring again.
  func stopLingering() {
    guard ringsLinger else { return }
    ringsLinger = false
    for ring in active { ring.announce(SleepWord(.awake, epoch: epoch)) }
  }

  /// When to look at what came since the pass has looked: nobody has rung for it, and an error may be
  /// among it. And at a ring that fills: the rest of it may be full before a bell is heard.
  func endByNews(_ now: UInt64) -> UInt64 {
    var end = UInt64.max
    let isHeldLong = settings.windowNanoseconds > Self.gatherMax
    for ring in active {
      do throws(RingFault) {
        try ring.look(scratch)
        if ring.isPressing || ring.isFilling && !isHeldLong { return now }
        if ring.isFilling || ring.words.head > ring.loaded { end = now &+ Self.lingerNanoseconds }
      } catch {
        ring.quarantine(error)
        return now
      }
    }
    return end
  }
}

/// Whether records keep coming, and until when one that was rung for is to be written.
struct Flow {
  /// Of the last of them, which makes the writer look at the others too.
  private(set) var rungBy = UInt64.max
  private var fastPasses = 0
  private var tookAt: UInt64 = 0
  /// Each record adds a gap: what comes in bursts is steady on the average.
  private var steadyUntil: UInt64 = 0
  private var passesInVain = 0

  /// Steady: at least so often on the average.
  private static let gap: UInt64 = 3_000_000
  /// Fast: so often in one pass,
  private static let shortGap: UInt64 = 20_000
  /// and for so many passes after it.
  private static let fastPassesMax = 8
  static let passesInVainMax = 16

  mutating func bell(_ due: UInt64) { rungBy = due }

  /// What a pass that began at `now` has taken.
  mutating func took(_ records: UInt64, _ now: UInt64) {
    if now >= rungBy { rungBy = .max }
    passesInVain += 1
    guard records > 0 else { return }
    let passed = now &- tookAt
    let gained = max(steadyUntil, tookAt) &+ records &* Self.gap
    steadyUntil = min(gained, now &+ Writer.quietMax)
    fastPasses = passed <= records &* Self.shortGap ? Self.fastPassesMax : max(0, fastPasses - 1)
    tookAt = now
    passesInVain = 0
  }

  /// Whether it is worth while to wake once more for nothing: as long as that costs less than the
  /// bells of all these rings.
  func isSteady(_ rings: Int) -> Bool {
    tookAt < steadyUntil && passesInVain <= Self.patience(rings)
  }

  /// Whether so many come, or did in the last few passes, that to wait for more saves nothing, and
  /// rings would fill.
  var isFast: Bool { fastPasses > 0 }

  static func patience(_ rings: Int) -> Int { max(2, min(rings / 2, passesInVainMax)) }
}
