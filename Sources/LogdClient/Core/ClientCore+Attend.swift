internal import CLinux
internal import LogdWire

// What is done at the end of a call besides the record: wake the daemon, tell it of drops, look
// whether it lives. Each is rare; finding out that there is nothing to do costs three loads.
extension ClientCore {
  @inline(__always)
  func attendIfNeeded(_ severity: UInt8, _ stamp: UInt64, _ generation: UInt64, _ me: UInt64) {
    // The lock was released by an atomic exchange: `sleep` is loaded after the record is visible.
    let sleep = block.sleep
    if sleep.rawValue & 3 == 0, stamp < block.load(Block.nextCheck),
      block.load(Block.dropped) == block.load(Block.droppedPublished)
    {
      return
    }
    attend(severity, stamp, generation, me, sleep)
  }

  @inline(never)
  private func attend(
    _ severity: UInt8, _ stamp: UInt64, _ generation: UInt64, _ me: UInt64, _ sleep: SleepWord
  ) {
    guard
      stamp >= block.load(Block.nextCheck) || wantsBell(sleep, severity) || hasUnpublishedDrops
    else { return }
    guard block.load(Block.generation) == generation,
      lock(me, generation: generation, until: deadline(from: stamp)) == .taken
    else { return }  // who holds it attends, or the next call does
    if hasUnpublishedDrops { publishDropped() }
    ringBell(.published(severity, stamp))
    maintainIfDue(stamp, generation)  // a bell that nobody hears makes it due
    unlock(me)
  }

  private var hasUnpublishedDrops: Bool {
    block.load(Block.dropped) != block.load(Block.droppedPublished)
  }

  private func wantsBell(_ sleep: SleepWord, _ severity: UInt8) -> Bool {
    sleep.wantsBell(severity: severity) && !hasRung(sleep, mayWait: !SleepWord.isUrgent(severity))
  }

  /// Whether it has for this sleep: the daemon need not be told twice, but that it is urgent once it is.
  private func hasRung(_ sleep: SleepWord, mayWait: Bool) -> Bool {
    let rung = block.load(Block.rung)
    return rung == Block.rung(sleep, mayWait: false)
      || mayWait && rung == Block.rung(sleep, mayWait: true)
  }

  /// Tells the daemon how many records were given up. The lock is held.
  func publishDropped() {
    let dropped = block.load(Block.dropped)
    currentRing.publishDropped(dropped)
    block.store(dropped, at: Block.droppedPublished)
  }

  enum Occasion {
    case always
    /// A daemon that is awake looks at all rings before it sleeps.
    case unlessAwake
    /// The same, once for each time that it sleeps.
    case unlessRung
    /// A record of that severity and stamp was published.
    case published(UInt8, UInt64)
  }

  /// Sends the doorbell. The lock is held, so the socket cannot be replaced between the look
  /// whether it is ours and the packet.
  func ringBell(_ occasion: Occasion) {
    guard block.link.phase == .attached else { return }
    let sleep = block.sleep
    var bell = Bell(stamp: nil)
    switch occasion {
    case .always: break
    case .unlessAwake: if sleep.isAwake { return }
    case .unlessRung: if sleep.isAwake || hasRung(sleep, mayWait: false) { return }
    case .published(let severity, let stamp):
      if !wantsBell(sleep, severity) { return }
      if !SleepWord.isUrgent(severity) { bell.stamp = stamp }
    }
    block.store(Block.rung(sleep, mayWait: bell.stamp != nil), at: Block.rung)
    let sent = block.link.send(bell)
    // A full queue holds bells enough. Anything else: the daemon is gone, or our socket.
    if sent < 0, sent != -Int64(Code.again) { block.store(0, at: Block.nextCheck) }
  }
}
