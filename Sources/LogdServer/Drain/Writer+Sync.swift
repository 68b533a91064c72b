internal import LogdPlatform
internal import LogdWire

extension Writer {
  /// Starts a sync when the policy, an error, or somebody who waits asks for one.
  func startSyncIfDue(_ now: UInt64) {
    guard !syncing.isRunning, let syncer = syncer.syncer else { return }
    let isAwaited = findAwaited()
    let isGoal = goals.contains { $0.awaitsSync }
    guard isDue(now) || isAwaited || isGoal || syncing.isWanted else { return }
    let files = syncing.begin(sink.file, now)
    syncer.request(files, sequence: syncing.sequence)
  }

  private func isDue(_ now: UInt64) -> Bool {
    guard syncing.hasUnsynced else { return false }
    let since = now &- syncing.lastSync
    if syncing.doubt != nil, since < SyncState.retryNanoseconds { return false }
    return switch settings.sync {
    case .never: false
    case .always: true
    case .interval:
      syncing.doubt != nil || syncing.sawUrgent || since >= settings.syncIntervalNanoseconds
    }
  }

  /// Whether a producer waits for a sync that can still help: one whose records are in doubt, and
  /// that has nothing newer, has been told so.
  private func findAwaited() -> Bool {
    var isAwaited = syncing.rings.contains { $0.words.syncTarget > $0.synced }
    for ring in active
    where ring.words.syncTarget > ring.synced && ring.tail >= ring.words.syncTarget
      && ring.tail > ring.suspect
    {
      syncing.add(ring)
      isAwaited = true
    }
    return isAwaited
  }

  func finishSync(_ completion: Syncer.Completion) {
    for (ring, tail) in syncing.covered {
      if completion.errno == nil {
        ring.synced = tail
        ring.tellSynced()
      } else {
        ring.suspect = tail
        ring.tellSuspect()
      }
    }
    if let errno = completion.errno { syncFailed(errno) } else { syncSucceeded() }
    reachedSync(completion)
  }

  /// Said once, at the beginning; what fails after it is in the record of the end.
  private func syncFailed(_ errno: Errno) {
    let now = Clock.monotonicNanoseconds()
    let doubt = syncing.failed(SystemError("sync", sink.file.path, errno), now)
    report.cannotSync(doubt.error, since: doubt.since, suspectBytes: syncing.suspectBytes)
    sink.attend()
    guard doubt.failures == 1 else { return }
    say(
      SelfRecord(
        .error, "\(doubt.error): these bytes of the file are in doubt",
        [("file", sink.file.path), ("from", "\(doubt.from)"), ("up_to", "\(doubt.upTo)")]))
  }

  private func syncSucceeded() {
    let (bytes, over) = syncing.succeeded()
    if let bytes { report.synced(bytes) }
    guard let over else { return }
    report.syncsAgain()
    say(
      SelfRecord(
        .warning, "the disk can be synced again",
        [
          ("reason", "\(over.error)"), ("since", Timestamp.text(over.sinceWall)),
          ("milliseconds", "\((Clock.monotonicNanoseconds() &- over.since) / 1_000_000)"),
          ("failures", "\(over.failures)"), ("file", sink.file.path), ("from", "\(over.from)"),
          ("up_to", "\(over.upTo)"),
        ]))
  }
}
