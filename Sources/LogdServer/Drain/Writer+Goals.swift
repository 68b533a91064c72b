internal import LogdPlatform
internal import LogdWire

/// How far the writer is to come, for somebody who waits: a flush of everything, or the end.
///
/// To the heads at the moment it was asked for, not until all is empty, which under load would be
/// never.
struct Goal {
  /// Tells one goal from another, for those that time out.
  let id: UInt64
  /// The id of the last one.
  static let drain: UInt64 = 0
  let targets: [(ring: Ring, head: UInt64)]
  let isDurable: Bool
  let done: @Sendable (Errno?) -> Void
  /// Written; only a sync that begins after this one counts.
  var lastSync: UInt64?

  var awaitsSync: Bool { lastSync != nil }

  func isWritten(_ rings: [Ring?]) -> Bool {
    targets.allSatisfy { $0.ring.tail >= $0.head || rings[$0.ring.slot] !== $0.ring }
  }
}

extension Writer {
  /// Everything that is published now is to be written, or synced; then `done` is called.
  func pursue(id: UInt64, durable: Bool, _ done: @escaping @Sendable (Errno?) -> Void) {
    var targets: [(ring: Ring, head: UInt64)] = []
    for case let ring? in rings {
      activate(ring)
      // A ring that cannot be read is quarantined by the next pass.
      try? ring.look(scratch)
      targets.append((ring, ring.words.head))
    }
    goals.append(Goal(id: id, targets: targets, isDurable: durable, done: done))
  }

  /// Nobody waits any more.
  func giveUp(id: UInt64) { goals.removeAll { $0.id == id } }

  var isPursuing: Bool { goals.contains { !$0.awaitsSync } }

  /// After each pass: tells those whose goal is reached, starts the sync that others need.
  func checkGoals() {
    guard !goals.isEmpty else { return }
    for index in goals.indices where !goals[index].awaitsSync && goals[index].isWritten(rings) {
      if goals[index].isDurable {
        goals[index].lastSync = syncing.sequence
      } else {
        goals[index].done(nil)
      }
    }
    goals.removeAll { !$0.isDurable && $0.isWritten(rings) }
    startSyncIfDue(Clock.monotonicNanoseconds())
  }

  /// A failed sync ends a goal as well: waiting would not bring the pages back.
  func reachedSync(_ completion: Syncer.Completion) {
    let isReached = { (goal: Goal) in
      goal.lastSync.map { completion.sequence > $0 } ?? false
    }
    guard goals.contains(where: isReached) else { return }
    let doubt = syncing.doubt?.error.errno
    let told = goals.contains { isReached($0) && $0.id != Goal.drain } ? syncing.tell() : nil
    for goal in goals where isReached(goal) {
      goal.done(completion.errno ?? doubt ?? (goal.id == Goal.drain ? nil : told))
    }
    goals.removeAll(where: isReached)
  }
}
