public import LogdPlatform

/// Why the daemon did not answer as it should.
public enum ControlError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Nobody listens there, or it may not be asked.
  case unreachable(path: String, Errno)
  /// It is there and says nothing.
  case silent(path: String)
  case disconnected(path: String)
  /// What came was no reply of logd.
  case incomprehensible(path: String)
  /// It says no, with an error of ``ControlInterface``.
  case refused(error: String, remaining: Int?, text: String)

  public var description: String {
    switch self {
    case .unreachable(let path, let errno):
      errno.isForbidden
        ? "not permitted to ask the daemon at \(path)" : "no daemon at \(path): \(errno)"
    case .silent(let path): "the daemon at \(path) does not answer"
    case .disconnected(let path): "the daemon at \(path) ended the connection"
    case .incomprehensible(let path): "what listens at \(path) is no logd"
    case .refused(ControlInterface.Failure.permissionDenied, _, _):
      "not permitted: this is for root, the daemon's own user and the members of "
        + "listen.control.group"
    case .refused(let error, _, let text): text.isEmpty ? error : "\(error): \(text)"
    }
  }
}
