internal import CLinux

/// A file descriptor that is closed exactly once, when its owner goes away.
public struct Descriptor: ~Copyable, Sendable {
  public let raw: Int32

  /// Takes over `raw`; nobody else may close it.
  public init(owning raw: Int32) { self.raw = raw }

  deinit { _ = clinux_close(raw) }  // close(2): there is nothing to be done about a failure here

  /// Gives the number away; the new owner closes it.
  public consuming func release() -> Int32 {
    let number = raw
    discard self
    return number
  }
}
