internal import LogdControl
internal import LogdPlatform
internal import LogdWire

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

  /// Nothing below `severity` is written from now on.
  func setSeverity(_ severity: Severity, by peer: ControlPeer)

  /// Makes the log file an archive, and begins a new one.
  ///
  /// - Parameter done: to be called once, on the I/O thread, with the path of the archive, if any.
  func rotate(_ done: @escaping (Result<String?, SystemError>) -> Void)

  /// Reads the configuration again and opens the log file again.
  ///
  /// - Parameter done: to be called once, on the I/O thread, with what is wrong with the
  ///   configuration.
  func reload(_ done: @escaping (String?) -> Void)

  /// Has the connection get every line from now on. False: too many follow already.
  func follow(_ socket: consuming Descriptor) -> Bool
}

/// How a flush ended.
enum FlushOutcome: Equatable, Sendable {
  case written
  /// So many records were in no file after the deadline; 0: not all text was read, or not all was synced.
  case timedOut(remaining: Int)
  /// Writing or syncing failed, for this reason.
  case failed(String)
}
