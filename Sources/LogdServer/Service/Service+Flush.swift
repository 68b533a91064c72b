internal import LogdPlatform

/// Somebody who waits until everything that was logged before is in the file.
struct PendingFlush {
  let isDurable: Bool
  /// Which sweep has read the text that was sent before.
  let sweep: UInt64
  let done: (FlushOutcome) -> Void
  /// The writer knows how far it is to come.
  var isPursued = false
  var timer: UInt64?
}

// Flushes of everything, for control.sock. One goes this way, and may time out at each step:
//
//   text that lies in sockets is read  → the writer pursues the heads of all rings, and a sync  → done
//
// Limits
// 1. `flushesMax` wait. Nothing else is kept of one.
// 2. The I/O thread does a bounded piece of work at a time, however much waits: see ``TextSweep``,
//    ``WaitingCount``. Everybody may ask for a flush, and for thousands.
extension Service {
  private static let flushesMax = 1_000

  func flush(durable: Bool, deadline: UInt64, _ done: @escaping (FlushOutcome) -> Void) {
    // Those who ask, go and ask again while the disk does not answer must not fill the memory.
    guard flushes.count < Self.flushesMax else {
      return done(.failed("\(Self.flushesMax) flushes wait already"))
    }
    flushesMade += 1
    let id = flushesMade
    flushes[id] = PendingFlush(
      isDurable: durable, sweep: doors?.sweep.request() ?? 0, done: done)
    if doors == nil { pursue(id) }
    let now = Clock.monotonicNanoseconds()
    // After the sweep was asked for: where little is to be read, that has been read by then at the earliest.
    flushes[id]?.timer = loop.after(deadline > now ? deadline - now : 0) { [weak self] in
      self?.timeOut(id)
    }
  }

  /// What had been sent when that sweep was asked for is in the intake's ring.
  func pursueFlushes(sweep: UInt64) {
    for (id, flush) in flushes where flush.sweep <= sweep && !flush.isPursued { pursue(id) }
  }

  private func pursue(_ id: UInt64) {
    guard let flush = flushes[id] else { return }
    flushes[id]?.isPursued = true
    let (relay, loop) = (relay, loop)
    writer.inbox.send(
      .pursue(id: id, durable: flush.isDurable) { errno in
        loop.post { relay.service?.finished(id, errno) }
      })
  }

  /// The writer has come so far; too late for one that has timed out.
  private func finished(_ id: UInt64, _ errno: Errno?) {
    end(id, errno.map { .failed("cannot sync \(paths.logFile): \($0)") } ?? .written)
  }

  /// The answer waits for the count, which may find that nothing is left.
  private func timeOut(_ id: UInt64) {
    guard let flush = flushes[id] else { return }
    waitingCount.ask { [weak self] remaining in
      self?.writer.inbox.send(.giveUp(id: id))
      let isWritten = remaining == 0 && flush.isPursued && !flush.isDurable
      self?.end(id, isWritten ? .written : .timedOut(remaining: remaining))
    }
  }

  private func end(_ id: UInt64, _ outcome: FlushOutcome) {
    guard let flush = flushes.removeValue(forKey: id) else { return }
    flush.timer.map(loop.cancel)
    flush.done(outcome)
  }
}
