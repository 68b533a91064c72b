internal import CLinux
internal import LogdWire

/// How far a flush that is repeated in slices has come: it waits for what was there when it began.
struct FlushTicket {
  /// What the daemon calls the ring that `target` belongs to; another one has come since if it is
  /// not the current. Not its address, which a later one may get.
  fileprivate var ring: UInt64 = 0
  fileprivate var target: UInt64 = 0
  /// Up to here the disk's failures had been told when this flush began.
  fileprivate var suspect: UInt64 = 0
  /// Whether to end early when there never was a daemon and none is there.
  var givesUpEarly = false
  /// The client was found closed: the outcome is final.
  fileprivate(set) var isOver = false
}

enum FlushOutcome: Equatable {
  case done
  /// So many records are not in the file yet; 0: all are, but not on the disk.
  case timedOut(remaining: Int)
  case syncFailed
  /// Called by a signal handler that interrupted a log call of its own thread.
  case interrupted
}

extension ClientCore {
  /// Waits until everything logged before is in the file, and on the disk too if `durable`; at most
  /// `nanoseconds`; once the client is closed not at all. The ticket is a new one, or that of the
  /// slice before.
  func flush(_ ticket: inout FlushTicket, nanoseconds: UInt64, durable: Bool) -> FlushOutcome {
    let me = clinux_thread_self()
    var now = clinux_monotonic_ns()
    let (sum, overflow) = now.addingReportingOverflow(nanoseconds)
    let deadline = overflow ? UInt64.max : sum
    var generation = block.load(Block.generation)
    if generation & 1 == 0 { generation = adopt(me) }
    while true {
      let result = lock(me, generation: generation, until: deadline)
      guard result == .taken else {
        return result == .timedOut ? .timedOut(remaining: 1) : .interrupted
      }
      // What is done needs no look at the connection; a closed ring stays shut.
      ticket.isOver = block.link.phase == .closed
      if ticket.isOver || !currentRing.isStaging,
        let outcome = outcome(currentRing, &ticket, durable, isLate: ticket.isOver)
      {
        unlock(me)
        return outcome
      }
      maintainIfDue(now, generation)
      // Loaded before the decision: when it changes after that, there is no sleeping on it.
      let known = durable ? currentRing.synced : currentRing.tail
      let ring = settledRing()
      let isHopeless =
        ticket.givesUpEarly && block.link.phase == .idle && !block.link.wasThere
      if let outcome = outcome(ring, &ticket, durable, isLate: isHopeless || now >= deadline) {
        unlock(me)
        return outcome
      }
      pause(on: ring, durable ? .synced : .written, known, now, until: deadline, me)
      now = clinux_monotonic_ns()
    }
  }

  private func outcome(
    _ ring: Ring, _ ticket: inout FlushTicket, _ durable: Bool, isLate: Bool
  ) -> FlushOutcome? {
    if ring.next == nil {
      if ring.isStaging {
        if ring.head == 0 { return .done }
      } else {
        aim(&ticket, at: ring)
        // Before the look for doubt: a sync that comes after a failed one shows that one too.
        let reached = durable ? ring.synced : ring.tail
        if durable, isInDoubt(ticket, ring) { return .syncFailed }
        if reached >= ticket.target { return .done }
        ring.raiseTarget(to: ticket.target, durable: durable)
      }
    }
    return isLate ? .timedOut(remaining: unwritten()) : nil
  }

  private func aim(_ ticket: inout FlushTicket, at ring: Ring) {
    guard ticket.ring != ring.identifier else { return }
    ticket.ring = ring.identifier
    ticket.target = ring.head
    ticket.suspect = block.link.suspect
  }

  /// Whether a sync has failed that no flush was told of before this one began, as with fsync(2), or
  /// there is nothing newer than what one has failed for. A sync after it makes neither good.
  private func isInDoubt(_ ticket: FlushTicket, _ ring: Ring) -> Bool {
    let suspect = ring.suspect
    block.link.suspect = suspect
    return suspect > ticket.suspect || (suspect > 0 && suspect >= ticket.target)
  }

  /// Records that are in no file yet, as far as we know. The lock is held.
  func unwritten() -> Int {
    let ring = currentRing
    var count = ring.countFrames(from: ring.tail)
    var older = ring.next
    while let one = older {
      count += one.countFrames(from: one.cursor)
      older = one.next
    }
    return count
  }
}
