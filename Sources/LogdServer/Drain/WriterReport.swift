internal import LogdPlatform
internal import Synchronization

/// What other threads may know of the writer at any time, without waiting for it: also while it
/// hangs in a write. Copies under a lock that is never held across a call.
final class WriterReport: Sendable {
  struct FileReport: Sendable {
    var path: String
    var bytes: UInt64
    var syncedBytes: UInt64 = 0
    var bytesBeingSynced: UInt64 = 0
    var failure: Failure?
  }

  /// What is wrong with the file, and since when (CLOCK_REALTIME).
  struct Failure: Sendable {
    let error: SystemError
    let since: Int64
  }

  struct Snapshot: Sendable {
    var counters = Counters()
    var file: FileReport
  }

  private let state: Mutex<Snapshot>

  init(_ file: LogFile, _ counters: Counters) {
    state = Mutex(
      Snapshot(counters: counters, file: FileReport(path: file.path, bytes: file.offset)))
  }

  var snapshot: Snapshot { state.withLock { $0 } }

  func publish(_ counters: Counters) { state.withLock { $0.counters = counters } }

  func opened(_ file: LogFile) {
    state.withLock { $0.file = FileReport(path: file.path, bytes: file.offset) }
  }

  func wrote(_ file: LogFile) {
    state.withLock {
      $0.file.bytes = file.offset
      $0.file.failure = nil
    }
  }

  func failed(_ error: SystemError) {
    state.withLock { state in
      guard state.file.failure?.error != error else { return }
      state.file.failure = Failure(error: error, since: Clock.realtimeNanoseconds())
    }
  }

  func syncStarted(_ file: LogFile) { state.withLock { $0.file.bytesBeingSynced = file.offset } }

  func syncFinished() { state.withLock { $0.file.syncedBytes = $0.file.bytesBeingSynced } }
}
