internal import LogdPlatform
internal import LogdWire

/// The syncer, which needs the writer's inbox and so is made after it.
final class SyncerSlot {
  var syncer: Syncer?
}

/// What is written but not on the disk yet.
struct SyncState {
  var hasUnsynced = false
  /// Asked for by SIGUSR2 or the like.
  var isWanted = false
  var sawUrgent = false
  var lastSync: UInt64 = 0
  private(set) var isRunning = false
  private(set) var sequence: UInt64 = 0
  /// Rings with records that no sync has covered, and those that the running one covers.
  private(set) var rings: [Ring] = []
  private(set) var covered: [(ring: Ring, tail: UInt64)] = []

  mutating func add(_ ring: Ring) {
    guard !ring.isUnsynced else { return }
    ring.isUnsynced = true
    rings.append(ring)
  }

  mutating func remove(_ ring: Ring) {
    rings.removeAll { $0 === ring }
    covered.removeAll { $0.ring === ring }
  }

  mutating func begin(_ now: UInt64) {
    isRunning = true
    isWanted = false
    sawUrgent = false
    hasUnsynced = false
    lastSync = now
    sequence += 1
    for ring in rings {
      ring.isUnsynced = false
      covered.append((ring, ring.tail))
    }
    rings.removeAll(keepingCapacity: true)
  }

  mutating func end() {
    isRunning = false
    covered.removeAll(keepingCapacity: true)
  }

  /// When the next sync is due by the clock, CLOCK_MONOTONIC.
  func deadline(_ settings: WriterSettings) -> UInt64? {
    guard hasUnsynced, !isRunning, settings.sync == .interval else { return nil }
    return lastSync &+ settings.syncIntervalNanoseconds
  }
}

extension Writer {
  /// Starts a sync when the policy, an error, or somebody who waits asks for one.
  func startSyncIfDue(_ now: UInt64) {
    guard !syncing.isRunning, let syncer = syncer.syncer else { return }
    let isDue =
      switch settings.sync {
      case .never: false
      case .always: syncing.hasUnsynced
      case .interval:
        syncing.hasUnsynced
          && (syncing.sawUrgent || now &- syncing.lastSync >= settings.syncIntervalNanoseconds)
      }
    let isAwaited =
      syncing.rings.contains { $0.words.syncTarget > $0.synced }
      || active.contains { $0.words.syncTarget > $0.synced && $0.tail >= $0.words.syncTarget }
    let isGoal = goals.contains { $0.awaitsSync }
    guard isDue || isAwaited || isGoal || syncing.isWanted else { return }
    syncing.begin(now)
    report.syncStarted(file)
    syncer.request(file.raw, sequence: syncing.sequence)
  }

  func finishSync(_ completion: Syncer.Completion) {
    for (ring, tail) in syncing.covered {
      let control = Layout.Control.self
      if completion.errno == nil {
        ring.synced = tail
        ring.files.control.store(control.synced, tail)
      } else {
        ring.syncFailures &+= 1
        ring.files.control.store32(control.failedSyncs, ring.syncFailures)
      }
      if ring.words.syncTarget > 0 {
        ring.files.control.wake(control.synced, count: .max, bits: Layout.WaitBits.flush)
      }
    }
    syncing.end()
    if let errno = completion.errno {
      report.failed(SystemError("sync", file.path, errno))
      say(SelfRecord(.error, "cannot sync \(file.path): \(errno)"))
    } else {
      report.syncFinished()
    }
    reachedSync(completion)
  }
}
