internal import LogdPlatform
internal import LogdWire
internal import Synchronization

// The life of a ring in the writer: attached, active or asleep, released.
extension Writer {
  func attach(_ ring: Ring) {
    precondition(rings[ring.slot] == nil, "the slot of a new ring is free")
    rings[ring.slot] = ring
    ringCount += 1
    ring.floor = settledKey
    ledger.enter(ring)
    if let left = ring.files.left { resume(ring, left) }
    watch(ring)
  }

  /// Goes on where the daemon before this one ended.
  private func resume(_ ring: Ring, _ left: ControlWords) {
    // A producer rings once for each: never one that it has rung for already.
    epoch = max(epoch, left.sleep.epoch)
    ring.synced = left.synced
    if ring.tail > ring.synced {
      syncing.add(ring)
      syncing.hasUnsynced = true
    }
  }

  /// How far it was drained the ledger says, unless the control block alone says what can be.
  func takeItsWord(_ ring: Ring) -> Bool {
    guard ring.isUntold, let own = ring.files.left?.end, own.tail != ring.tail,
      canBe(own.tail, in: ring)
    else { return false }
    ring.resume(at: own)
    ledger.enter(ring)
    let damage = Damage(
      "how far the ring of process \(ring.peer.pid) was drained",
      givenUp: "nothing: its own word is taken; a batch may be in the file twice")
    inbox.say([damage], of: "the ledger")
    return true
  }

  private func canBe(_ tail: UInt64, in ring: Ring) -> Bool {
    ring.files.head(tail: tail, dataBytes: ring.dataBytes, scratch) != nil
  }

  /// Whether all records are loaded that were begun before this is asked: then those that are
  /// loaded need not wait for an older one. First who is making one, then what is published: a
  /// producer publishes before it says that it is done.
  var isSettled: Bool {
    guard !isTakingUp, ringCount <= Self.settlingRingsMax else { return false }
    let isMaking = rings.contains { ring in
      guard let ring else { return false }
      return ring.isTaking.load(ordering: .sequentiallyConsistent) || !canLook(at: ring)
        || ring.words.isCalling
    }
    if isMaking { return false }
    return rings.allSatisfy { ring in
      guard let ring else { return true }
      return canLook(at: ring) && ring.words.head == ring.loaded
    }
  }

  private func canLook(at ring: Ring) -> Bool { (try? ring.look(scratch)) != nil }

  /// Records were written before the order window was over. A client that has had none in its ring may
  /// have logged some before it had it.
  func settle() {
    settledKey = lastKey
    for case let ring? in rings where ring.lastKey == 0 { ring.floor = lastKey }
  }

  /// Looked at in each pass from now on. A ring that was released meanwhile is left alone.
  func activate(_ ring: Ring) {
    guard !ring.isActive, rings[ring.slot] === ring else { return }
    ring.announce(SleepWord(.awake, epoch: epoch))
    watch(ring)
  }

  private func watch(_ ring: Ring) {
    stopLingering()
    ring.isActive = true
    ring.lastSeen = Clock.monotonicNanoseconds()
    active.append(ring)
  }

  /// Releases rings that hung up and are drained, or that are quarantined.
  func releaseRings() {
    guard active.contains(where: { $0.isClosing && $0.isDrained }) else { return }
    for ring in active where ring.isClosing && ring.isDrained { reportDrops(of: ring) }
    commit()
    epoch &+= 1
    for ring in active where ring.isClosing && ring.isDrained { release(ring) }
    active.removeAll { !$0.isActive }
  }

  private func release(_ ring: Ring) {
    ring.isActive = false
    // A client that lives rings at its next record, and finds that nobody is there.
    ring.announce(SleepWord(.asleep, epoch: epoch))
    if let buffer = ring.buffer { pool.giveBack(buffer) }
    ring.buffer = nil
    counters.droppedByProducers &+= ring.words.dropped
    rings[ring.slot] = nil
    ringCount -= 1
    ledger.end(ring)
    syncing.remove(ring)
    released(ring, ring.fault)
  }

  /// Writes how many records the producer gave up since the last such record.
  func reportDrops(of ring: Ring) {
    let count = ring.words.dropped &- ring.droppedReported
    guard count > 0, ring.words.dropped > ring.droppedReported else { return }
    let record = SelfRecord(
      .warning, "records were dropped",
      [
        ("reason", "ring_full"), ("client", ring.peer.name), ("client_pid", "\(ring.peer.pid)"),
        ("count", "\(count)"),
      ])
    write(record, key: ownKey)
    // In the same batch as the record.
    ring.droppedReported = ring.words.dropped
    note(ring, records: 0, bytes: 0)
  }
}
