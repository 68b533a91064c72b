internal import CLinux
internal import Synchronization

/// A flush on a thread of its own, in slices, so that it can be cancelled.
final class WaitingFlush: Sendable {
  private let client: LogClient
  private let nanoseconds: UInt64
  private let durable: Bool
  private let isCancelled = Atomic(false)
  private let continuation = Mutex<CheckedContinuation<FlushOutcome, Never>?>(nil)

  init(_ client: LogClient, nanoseconds: UInt64, durable: Bool) {
    self.client = client
    self.nanoseconds = nanoseconds
    self.durable = durable
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func start(_ continuation: CheckedContinuation<FlushOutcome, Never>) {
    self.continuation.withLock { $0 = continuation }
    // SAFETY: the thread takes the reference over and releases it.
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let result = unsafe clinux_thread(
      "logd flush", 128 << 10,
      { unsafe Unmanaged<WaitingFlush>.fromOpaque($0!).takeRetainedValue().run() }, context, nil)
    guard result != 0 else { return }
    // No thread to be had: this one waits.
    unsafe Unmanaged<WaitingFlush>.fromOpaque(context).takeRetainedValue().run()
  }

  private func run() {
    let outcome = wait()
    continuation.withLock { $0.take() }?.resume(returning: outcome)
  }

  private func wait() -> FlushOutcome {
    var ticket = FlushTicket()
    let start = clinux_monotonic_ns()
    while true {
      let passed = clinux_monotonic_ns() &- start
      let left = nanoseconds > passed ? nanoseconds - passed : 0
      let outcome = client.core.flush(
        &ticket, nanoseconds: min(left, 50_000_000), durable: durable)
      guard case .timedOut = outcome, left > 0, !ticket.isOver else { return outcome }
      if isCancelled.load(ordering: .relaxed) { return outcome }
    }
  }
}
