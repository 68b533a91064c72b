internal import LogdPlatform
internal import Synchronization

/// What other threads may know of the writer at any time, without waiting for it: also while it
/// hangs in a write. Copies under a lock that is never held across a call.
final class WriterReport: Sendable {
  struct FileReport: Sendable {
    let handle: LogFile
    var bytes: UInt64
    /// What is known to be on the disk: without what a failed sync left in doubt.
    var syncedBytes: UInt64 = 0
    /// What a failed sync left in doubt, of this file and those before it.
    var suspectBytes: UInt64 = 0
    /// Writes are refused.
    var refusal: Failure?
    /// A sync failed, and none of later data has succeeded.
    var unsynced: Failure?
  }

  /// What is wrong, and since when (CLOCK_MONOTONIC).
  struct Failure: Sendable {
    let error: SystemError
    let since: UInt64
  }

  struct Snapshot: Sendable {
    var counters = Counters()
    var file: FileReport
    /// There is no file to write to, and none can be made.
    var held: (errno: Errno, since: UInt64)?
    /// When the write, or the sync, that runs now began (CLOCK_MONOTONIC); 0: none does.
    var writingSince: UInt64 = 0
    var syncingSince: UInt64 = 0
    /// When the hand-over of a record that journald has to take, and has not yet, began; and why it
    /// has not, nil: it does not answer.
    var handing: (since: UInt64, errno: Errno?)?
    /// Journald gets what the file does not take, beginning with this count of records handed off.
    var fallback: UInt64?
  }

  private let state: Mutex<Snapshot>
  // Words of their own: the disk may stop answering at any moment, and then they have to stand.
  private let writingSince = Atomic<UInt64>(0)
  private let syncingSince = Atomic<UInt64>(0)
  private let holding = Atomic<Int32>(0)
  private let handingSince = Atomic<UInt64>(0)
  private let handingErrno = Atomic<Int32>(0)
  private let isWatchedWord = Atomic<Bool>(false)

  init(_ file: LogFile, _ counters: Counters) {
    state = Mutex(
      Snapshot(counters: counters, file: FileReport(handle: file, bytes: file.offset)))
  }

  var snapshot: Snapshot {
    var snapshot = state.withLock { $0 }
    snapshot.writingSince = writingSince.load(ordering: .sequentiallyConsistent)
    snapshot.syncingSince = syncingSince.load(ordering: .relaxed)
    let since = handingSince.load(ordering: .relaxed)
    let errno = handingErrno.load(ordering: .relaxed)
    snapshot.handing = since == 0 ? nil : (since, errno == 0 ? nil : Errno(errno))
    return snapshot
  }

  func publish(_ counters: Counters) { state.withLock { $0.counters = counters } }

  /// Somebody will look at this within a second. Who ceases to says so before the last look, who begins
  /// something before he asks: one of the two sees the other.
  var isWatched: Bool {
    get { isWatchedWord.load(ordering: .sequentiallyConsistent) }
    set { isWatchedWord.store(newValue, ordering: .sequentiallyConsistent) }
  }

  // MARK: writing

  func opened(_ file: LogFile) {
    state.withLock { state in
      var report = FileReport(handle: file, bytes: file.offset)
      report.suspectBytes = state.file.suspectBytes
      report.refusal = state.file.refusal
      report.unsynced = state.file.unsynced
      state.file = report
    }
  }

  func writeBegins(_ now: UInt64) { writingSince.store(now, ordering: .sequentiallyConsistent) }
  func writeEnded() { writingSince.store(0, ordering: .relaxed) }

  func wrote(_ file: LogFile) {
    state.withLock {
      $0.file.bytes = file.offset
      // Somebody may have cut it.
      $0.file.syncedBytes = min($0.file.syncedBytes, file.offset)
    }
  }

  func refuses(_ error: SystemError, since: UInt64) {
    state.withLock { $0.file.refusal = Failure(error: error, since: since) }
  }

  func isTaking() { state.withLock { $0.file.refusal = nil } }

  /// The file has vanished and no new one can be made, or that is over.
  func hold(_ errno: Errno?) {
    holding.store(errno?.rawValue ?? 0, ordering: .relaxed)
    state.withLock { state in
      let since = state.held?.since ?? Clock.monotonicNanoseconds()
      state.held = errno.map { ($0, since) }
    }
  }

  var heldBy: Errno? {
    let errno = holding.load(ordering: .relaxed)
    return errno == 0 ? nil : Errno(errno)
  }

  // MARK: handing over

  func fallsBack(from handedOff: UInt64?) { state.withLock { $0.fallback = handedOff } }

  func handingBegins(_ now: UInt64) { handingSince.store(now, ordering: .relaxed) }

  /// It is tried again.
  func handingFails(_ errno: Errno) { handingErrno.store(errno.rawValue, ordering: .relaxed) }

  /// It would begin if it could.
  func handingWaits(since now: UInt64, _ errno: Errno) {
    _ = handingSince.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    handingFails(errno)
  }

  func handingEnded() {
    handingSince.store(0, ordering: .relaxed)
    handingErrno.store(0, ordering: .relaxed)
  }

  // MARK: syncing

  func syncBegins() { syncingSince.store(Clock.monotonicNanoseconds(), ordering: .relaxed) }
  func syncEnded() { syncingSince.store(0, ordering: .relaxed) }

  func synced(_ bytes: UInt64) {
    state.withLock { $0.file.syncedBytes = bytes }
  }

  func cannotSync(_ error: SystemError, since: UInt64, suspectBytes: UInt64) {
    state.withLock {
      $0.file.suspectBytes = suspectBytes
      $0.file.unsynced = Failure(error: error, since: since)
    }
  }

  func syncsAgain() { state.withLock { $0.file.unsynced = nil } }
}
