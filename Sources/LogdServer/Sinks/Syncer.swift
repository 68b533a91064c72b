internal import Glibc
internal import LogdPlatform

/// fdatasync(2) on a thread of its own: a slow disk must not stop the writer.
final class Syncer: Sendable {
  /// What a sync was for, and how it ended.
  struct Completion: Sendable {
    let sequence: UInt64
    let errno: Errno?
  }

  private let thread: BackgroundThread
  private let done: @Sendable (Completion) -> Void

  init(done: @escaping @Sendable (Completion) -> Void) throws(Errno) {
    self.done = done
    thread = try BackgroundThread("logd-sync")
  }

  /// Has everything that was written to `descriptor` so far synced; `sequence` comes back with
  /// the completion. Never blocks. The descriptor may be closed meanwhile.
  func request(_ descriptor: Int32, sequence: UInt64) {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return done(Completion(sequence: sequence, errno: Errno.current)) }
    thread.run { [done] in
      let errno = fdatasync(copy) == 0 ? nil : Errno.current
      close(copy)
      done(Completion(sequence: sequence, errno: errno))
    }
  }

  func stop() { thread.stop() }
}
