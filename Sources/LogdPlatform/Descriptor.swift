internal import CLinux
internal import Glibc

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

extension Descriptor {
  /// pwrite(2) of all of it at `position`; throws EIO where less was taken.
  public func write(_ bytes: Span<UInt8>, at position: UInt64) throws(Errno) {
    // SAFETY: valid for the call, the size is passed along.
    let result = unsafe bytes.withUnsafeBytes { bytes in
      unsafe clinux_pwrite(raw, bytes.baseAddress, UInt64(bytes.count), position)
    }
    guard try check(result) == bytes.count else { throw Errno(EIO) }
  }
}
