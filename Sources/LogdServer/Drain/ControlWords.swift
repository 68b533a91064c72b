internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// What an earlier daemon left in a control page.
///
/// Read with pread(2): to touch a page of a new mapping is a fault, which takes longer, and which the
/// writer has anyway.
struct ControlWords {
  let end: RingEnd
  let severity: UInt32

  private static let byteCount = Layout.Control.severity + 4

  /// Throws EINVAL for what is no control page of that ring.
  static func read(
    from file: borrowing Descriptor, _ scratch: borrowing Mapping, ring: UInt64, dataBytes: Int
  ) throws(Errno) -> ControlWords {
    let count = try scratch.fill(0, byteCount: byteCount, from: file.raw, at: 0)
    // Its size: fstat(2) takes several times as long. Nobody goes by the position of these files.
    guard count == byteCount, lseek(file.raw, 0, SEEK_END) == Layout.controlBytes,
      scratch.load32(Layout.Control.magic) == Layout.Magic.control,
      scratch.load32(Layout.Control.version) == UInt32(Layout.version),
      scratch.load(Layout.Control.ring) == ring,
      scratch.load(Layout.Control.dataBytes) == UInt64(dataBytes)
    else { throw Errno(EINVAL) }
    return ControlWords(
      end: RingEnd(
        tail: scratch.load(Layout.Control.tail),
        droppedTaken: scratch.load(Layout.Control.droppedTaken)),
      severity: scratch.load32(Layout.Control.severity))
  }
}
