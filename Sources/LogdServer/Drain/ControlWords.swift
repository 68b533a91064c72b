internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// What an earlier daemon left in a control page.
///
/// Of a client's page read with pread(2), see ``ControlPage``.
struct ControlWords {
  let end: RingEnd
  let synced: UInt64
  let failedSyncs: UInt32
  let sleep: SleepWord
  let severity: UInt32

  init(_ page: borrowing Mapping) {
    let tail = page.load(Layout.Control.tail)
    let told = page.load(Layout.Control.told)
    let isTold = told > tail && told == ~page.load(Layout.Control.toldCheck)
    end = RingEnd(
      tail: isTold ? told : tail, droppedTaken: page.load(Layout.Control.droppedTaken))
    synced = page.load(Layout.Control.synced)
    failedSyncs = page.load32(Layout.Control.failedSyncs)
    sleep = SleepWord(rawValue: page.load32(Layout.Control.sleep))
    severity = page.load32(Layout.Control.severity)
  }

  /// Throws EINVAL for what is no control page of that ring.
  static func read(
    from file: borrowing Descriptor, _ scratch: borrowing Mapping, ring: UInt64, dataBytes: Int
  ) throws(Errno) -> ControlWords {
    // As far as there are words. A mapping can be touched then: its page begins in the file.
    let byteCount = Layout.Control.severity + 4
    let count = try scratch.fill(0, byteCount: byteCount, from: file.raw, at: 0)
    guard count == byteCount,
      scratch.load32(Layout.Control.magic) == Layout.Magic.control,
      scratch.load32(Layout.Control.version) == UInt32(Layout.version),
      scratch.load(Layout.Control.ring) == ring,
      scratch.load(Layout.Control.dataBytes) == UInt64(dataBytes)
    else { throw Errno(EINVAL) }
    return ControlWords(scratch)
  }
}
