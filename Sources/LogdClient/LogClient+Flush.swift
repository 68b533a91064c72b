internal import CLinux

extension LogClient {
  /// Waits until everything this process has logged before is in the file.
  ///
  /// Blocks the thread; in async code the other `flush` is chosen. Does not wait for records that
  /// are logged while it waits. A daemon that dies meanwhile is waited for. After
  /// ``LogClient/close(timeout:)`` it says at once how it is.
  ///
  /// - Parameter durable: waits until it is on the disk as well.
  /// - Throws: ``FlushError``; with ``FlushError/timedOut(remaining:)`` nothing is lost.
  public func flush(
    timeout: Duration = .seconds(5), durable: Bool = false
  ) throws(FlushError) {
    var ticket = FlushTicket()
    let outcome = core.flush(&ticket, nanoseconds: timeout.nanoseconds, durable: durable)
    if let error = FlushError(outcome) { throw error }
  }

  /// Waits until everything this process has logged before is in the file, without blocking a
  /// thread of the pool: a thread of its own waits. When the task is cancelled it ends within 50 ms
  /// with ``FlushError/timedOut(remaining:)``.
  ///
  /// - Parameter durable: waits until it is on the disk as well.
  /// - Throws: ``FlushError``; with ``FlushError/timedOut(remaining:)`` nothing is lost.
  public func flush(
    timeout: Duration = .seconds(5), durable: Bool = false
  ) async throws(FlushError) {
    let flush = WaitingFlush(self, nanoseconds: timeout.nanoseconds, durable: durable)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { flush.start($0) }
    } onCancel: {
      flush.cancel()
    }
    if let error = FlushError(outcome) { throw error }
  }
}

extension FlushError {
  fileprivate init?(_ outcome: FlushOutcome) {
    switch outcome {
    case .done: return nil
    case .timedOut(let remaining): self = .timedOut(remaining: remaining)
    case .syncFailed: self = .syncFailed
    case .interrupted: self = .interrupted
    }
  }
}
