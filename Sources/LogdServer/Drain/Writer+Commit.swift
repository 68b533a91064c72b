internal import LogdPlatform
internal import LogdWire
internal import Synchronization

// The commit, step by step: see ``Ledger``.
extension Writer {
  /// Writes the batch and moves the tails of its rings. Nothing to do: does nothing.
  func commit() {
    guard batch.count > 0 || !inBatch.isEmpty else { return }
    var after = counters
    after.written += counters.inBatch
    after.inBatch = 0
    after.bytesWritten += UInt64(batch.count)
    after.batches += 1
    report.publish(counters)
    CrashPoint.beforeNote.pass()
    // Also of a batch without lines: once a tail has moved, what is below it may be gone.
    ledger.note(
      file: file.identity, offset: file.offset, length: batch.count, rings: inBatch, after)
    CrashPoint.afterNote.pass()
    if batch.count > 0 {
      writeBatch()
      CrashPoint.afterWrite.pass()
      syncing.hasUnsynced = true
    }
    for (index, ring) in inBatch.enumerated() {
      if index > 0 { CrashPoint.betweenTails.pass() }
      publishTail(of: ring)
    }
    CrashPoint.beforeClear.pass()
    ledger.clear(rings: inBatch, after)
    inBatch.removeAll(keepingCapacity: true)
    batch.count = 0
    counters = after
    report.publish(counters)
  }

  /// Until every byte is in the file: records wait in the rings while the disk does not take them.
  private func writeBatch() {
    var written = 0
    var backoff: UInt64 = 10_000_000
    CrashPoint.inWrite.pass {
      _ = try? ledger.writeBatch(from: 0, upTo: batch.count / 2, to: file.raw)
    }
    while written < batch.count {
      do throws(Errno) {
        let n = try ledger.writeBatch(from: written, upTo: batch.count, to: file.raw)
        written += n
        file.advance(n)
        report.wrote(file)
        backoff = 10_000_000
      } catch {
        report.failed(SystemError("write", file.path, error))
        inbox.word.wait(inbox.word.ticket, nanoseconds: backoff)
        backoff = min(backoff * 2, 500_000_000)
      }
    }
  }

  private func publishTail(of ring: Ring) {
    let before = ring.tail
    ring.tail = ring.consumed
    ring.isInBatch = false
    // Before the tail: a client that comes back sees both or neither.
    ring.files.control.store(Layout.Control.droppedTaken, ring.droppedReported)
    ring.files.control.store(Layout.Control.tail, ring.tail)
    ring.statistics.tail.store(ring.tail, ordering: .relaxed)
    // A producer that found no room after the words were read saw a ring at least half full.
    if ring.words.isWaiting || ring.words.head - before > UInt64(ring.dataBytes / 2) {
      ring.files.control.wake(Layout.Control.tail, count: 1, bits: Layout.WaitBits.room)
    }
    if ring.words.flushTarget > before {
      ring.files.control.wake(Layout.Control.tail, count: .max, bits: Layout.WaitBits.flush)
    }
    syncing.add(ring)
  }
}
