internal import LogdPlatform
internal import LogdWire
internal import Synchronization

// The commit, step by step: see ``Ledger``.
extension Writer {
  /// Writes the batch and moves the tails of its rings. Nothing to do: does nothing.
  func commit() {
    guard batch.count > 0 || !inBatch.isEmpty else { return }
    report.publish(counters)
    CrashPoint.beforeNote.pass()
    var after = countersAfter
    if goesToJournald || !writeOut(&after) { handOver(&after) }
    finish(after)
    if let news = endFallback(ifWritten: after) ?? sink.news(bytesWaiting: { bytesWaiting }) {
      say(news)
    }
    tryFile()
  }

  /// The records of the batch are where they belong: the rings hear of it.
  func finish(_ after: Counters) {
    if batch.count > 0, feed.isFollowed { feed.publish(batch.copy, records: counters.inBatch) }
    for (index, ring) in inBatch.enumerated() {
      if index > 0 { CrashPoint.betweenTails.pass() }
      publishTail(of: ring)
    }
    CrashPoint.beforeClear.pass()
    ledger.clear(rings: inBatch, lastKey: lastKey, after)
    inBatch.removeAll(keepingCapacity: true)
    batch.count = 0
    handOff()
    counters = after
    report.publish(counters)
  }

  /// The batch is in the file when this returns, and counted in `after`. False: nothing of it is, and
  /// journald is to have it.
  func writeOut(_ after: inout Counters) -> Bool {
    var written = after
    written.written += counters.inBatch
    written.bytesWritten += UInt64(batch.count)
    guard batch.count == 0 || makeReady() else { return false }
    // Also of a batch without lines: once a tail has moved, what is below it may be gone.
    note(written)
    CrashPoint.afterNote.pass()
    if batch.count > 0 {
      guard writeBatch() else {
        ledger.withdraw()
        return false
      }
      CrashPoint.afterWrite.pass()
      syncing.hasUnsynced = true
    }
    after = written
    return true
  }

  var countersAfter: Counters {
    var after = counters
    after.inBatch = 0
    after.batches += 1
    return after
  }

  /// What is in the file now goes to journald too, if it is to.
  private func handOff() {
    guard !handoff.isEmpty else { return }
    if settings.journald.handoff == .copy { journal.put(handoff) }
    handoff.removeAll()
  }

  /// Until every byte is in the file, see ``FileSink``: records wait in the rings meanwhile. False:
  /// none is, and it fell back.
  private func writeBatch() -> Bool {
    CrashPoint.inWrite.pass {
      _ = try? ledger.writeBatch(from: 0, upTo: batch.count / 2, to: sink.file.raw)
    }
    var written = 0
    while written < batch.count {
      switch sink.write(ledger, from: written, upTo: batch.count) {
      case .took(let count): written += count
      case .refused(let pause):
        syncing.forgetRemoved()
        let mayChange = sink.mayChange(written: written)
        if mayChange, fallsBack() { return false }
        inbox.pause(nanoseconds: pause, orReopened: mayChange)
        if mayChange, let next = inbox.takeNextFile(), change(to: next) {
          guard untilTaken({ sink.endLastLine() }) else { return false }
          ledger.movePending(to: sink.file, from: 0)
          written = 0
        }
      }
    }
    return true
  }

  private func note(_ after: Counters) {
    ledger.note(
      file: sink.file.identity, offset: sink.file.offset, length: batch.count, rings: inBatch,
      after)
  }

  /// Until a batch can begin in the file, which may become another one meanwhile. False: it fell back.
  private func makeReady() -> Bool {
    if settings.journald.handoff == .fallback, !untilTaken({ sink.reserve(batch.count) }) {
      return false
    }
    return untilTaken { sink.endLastLine() }
  }

  private func untilTaken(_ attempt: () -> FileSink.Result) -> Bool {
    while case .refused(let pause) = attempt() {
      if fallsBack() { return false }
      inbox.pause(nanoseconds: pause, orReopened: true)
      if let next = inbox.takeNextFile() { change(to: next) }
    }
    return true
  }

  /// From the next byte on. What is in the file so far is synced with the next sync. Whether it is
  /// another file at all.
  @discardableResult
  func change(to next: NextFile) -> Bool {
    defer { for taken in next.taken { taken() } }
    guard next.file.identity != sink.file.identity else { return false }
    syncing.leave(sink.file)
    sink.change(to: next.file)
    fileEvents.changed()
    return true
  }

  /// What producers have published and no file has: reads the head of every ring.
  var bytesWaiting: UInt64 {
    rings.reduce(0) { sum, ring in sum + (ring?.bytesWaiting(scratch) ?? 0) }
  }

  private func publishTail(of ring: Ring) {
    let before = ring.tail
    ring.tail = ring.consumed
    ring.isInBatch = false
    ring.tellTail(
      wakingRoom: ring.hasRoomForWaiters(since: before),
      wakingFlush: ring.words.flushTarget > before)
    ring.statistics.tail.store(ring.tail, ordering: .relaxed)
    ring.room?.tailMoved()
    syncing.add(ring)
  }
}
