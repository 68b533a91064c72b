internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// fdatasync(2) on a thread of its own: a slow disk must not stop the writer.
///
/// One sync at a time; what is asked for meanwhile is done by the next.
// SAFETY: the state is guarded by the mutex; the descriptor is a duplicate owned by the request.
final class Syncer: @unchecked Sendable {
  /// What a sync was for, and how it ended.
  struct Completion: Sendable {
    let sequence: UInt64
    let errno: Errno?
  }

  private struct State {
    var request: (descriptor: Int32, sequence: UInt64)?
    var isStopping = false
  }

  private let state = Mutex(State())
  private let word = WakeWord()
  private let done: @Sendable (Completion) -> Void
  private var thread: PlatformThread?

  init(done: @escaping @Sendable (Completion) -> Void) throws(Errno) {
    self.done = done
    thread = try PlatformThread("logd-sync") { [unowned self] in run() }
  }

  /// Has everything that was written to `descriptor` so far synced; `sequence` comes back with
  /// the completion. Never blocks. One request at a time.
  func request(_ descriptor: Int32, sequence: UInt64) {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return done(Completion(sequence: sequence, errno: Errno.current)) }
    state.withLock { $0.request = (copy, sequence) }
    word.wake()
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    word.wake()
    thread?.join()
  }

  private func run() {
    while true {
      let ticket = word.ticket
      let (request, isStopping) = state.withLock { state in
        defer { state.request = nil }
        return (state.request, state.isStopping)
      }
      if let request {
        let errno = fdatasync(request.descriptor) == 0 ? nil : Errno.current
        close(request.descriptor)
        done(Completion(sequence: request.sequence, errno: errno))
      } else if isStopping {
        return
      } else {
        word.wait(ticket, nanoseconds: nil)
      }
    }
  }
}
