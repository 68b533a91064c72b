internal import Glibc
internal import LogdPlatform

/// fdatasync(2) on a thread of its own: a slow disk must not stop the writer. What else may have to
/// wait for the disk is done there too.
final class Syncer: Sendable {
  /// What a sync was for, and how it ended.
  struct Completion: Sendable {
    let sequence: UInt64
    let errno: Errno?
  }

  private let thread: BackgroundThread
  private let report: WriterReport
  private let done: @Sendable (Completion) -> Void

  init(_ report: WriterReport, done: @escaping @Sendable (Completion) -> Void) throws(Errno) {
    self.report = report
    self.done = done
    thread = try BackgroundThread("logd-sync")
  }

  /// Has everything that was written to `files` so far synced; `sequence` comes back with the
  /// completion, and the first failure. Never blocks.
  func request(_ files: [LogFile], sequence: UInt64) {
    thread.run { [done, report] in
      report.syncBegins()
      var failure: Errno?
      for file in files where !file.isAbsent && fdatasync(file.raw) != 0 {
        failure = failure ?? Errno.current
      }
      report.syncEnded()
      done(Completion(sequence: sequence, errno: failure))
    }
  }

  func run(_ work: @escaping @Sendable () -> Void) { thread.run(work) }

  func stop(by deadline: UInt64) -> Bool { thread.stop(by: deadline) }
}
