internal import Synchronization

/// Does what may wait for a disk or for /proc, one thing after the other: neither the I/O thread
/// nor the writer does.
// SAFETY: the queue is guarded by the mutex.
public final class BackgroundThread: @unchecked Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var isStopping = false
  }

  private let state = Mutex(State())
  private let word = WakeWord()
  private var thread: PlatformThread?

  /// Starts the thread; `name` as for ``PlatformThread``. The thread keeps this object until
  /// ``stop()``: its owner may be given up before the thread has come to run. Nobody waits for the
  /// work of a patient one: all others go first.
  public init(_ name: String, isPatient: Bool = false) throws(Errno) {
    thread = try PlatformThread(name) { [self] in
      if isPatient { ThreadPriority.lower() }
      run()
    }
  }

  /// Has `work` done soon. From any thread; never blocks.
  public func run(_ work: @escaping @Sendable () -> Void) {
    state.withLock { $0.work.append(work) }
    word.wake()
  }

  /// Finishes what was asked for, and ends: whether it has by `deadline` (CLOCK_MONOTONIC).
  @discardableResult
  public func stop(by deadline: UInt64 = .max) -> Bool {
    state.withLock { $0.isStopping = true }
    word.wake()
    return thread?.join(by: deadline) ?? true
  }

  private func run() {
    while true {
      let ticket = word.ticket
      let (work, isStopping) = state.withLock { state in
        defer { state.work = [] }
        return (state.work, state.isStopping)
      }
      for each in work { each() }
      if isStopping { return }
      if work.isEmpty { word.wait(ticket, nanoseconds: nil) }
    }
  }
}
