internal import LogdControl

/// What the control socket asks of the daemon.
///
/// Called on the I/O thread, and it answers there: nothing here may block.
protocol ControlDelegate: AnyObject {
  func status() -> StatusSnapshot

  func clients() -> [ClientSnapshot]

  /// Has everything written that was logged before, or synced if `durable`.
  ///
  /// - Parameters:
  ///   - deadline: the instant (CLOCK_MONOTONIC, nanoseconds) at which it is given up.
  ///   - done: to be called once, on the I/O thread, at the latest soon after the deadline; also
  ///     before this returns, if nothing is to be done.
  func flush(durable: Bool, deadline: UInt64, _ done: @escaping (FlushOutcome) -> Void)
}

/// How a flush ended.
enum FlushOutcome: Equatable, Sendable {
  case written
  /// So many records were still not written (or synced) at the deadline.
  case timedOut(remaining: Int)
  /// Writing or syncing failed, for this reason.
  case failed(String)
}
