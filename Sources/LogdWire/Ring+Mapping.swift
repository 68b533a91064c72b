internal import CLinux

extension Ring {
  /// A ring without a daemon, in private memory; nil without memory.
  public static func staging(dataBytes: UInt64) -> Ring? {
    let bytes = UInt64(Own.data) + dataBytes
    guard let base = unsafe clinux_map_private(bytes) else { return nil }
    let ring = unsafe Ring(base: base)
    ring.setOwn(Own.mappedBytes, bytes)
    ring.describe(
      dataBytes: dataBytes, identifier: 0,
      RecordLimits(
        bytes: UInt32(min(UInt64(Layout.recordBytesDefault), dataBytes / 2)),
        fields: UInt32(Layout.fieldsDefault)))
    return ring
  }

  /// Address space for a ring of `dataBytes`, with nothing in it but its private page; nil without
  /// memory. It can be made private and unmapped from here on.
  public static func reserve(dataBytes: UInt64) -> Ring? {
    let bytes = UInt64(Own.data) + 2 * dataBytes
    guard let base = unsafe clinux_reserve(bytes) else { return nil }
    let ring = unsafe Ring(base: base)
    guard unsafe clinux_map_fixed_private(base, UInt64(Own.control)) == 0 else {
      unsafe clinux_unmap(base, bytes)
      return nil
    }
    ring.setOwn(Own.mappedBytes, bytes)
    return ring
  }

  /// Maps the two files of a grant and sees that they are what it says. The descriptors may be
  /// closed afterwards.
  public func attach(data: Int32, control: Int32, grant: Grant) -> Bool {
    let page = UInt64(Layout.headerBytes)
    // SAFETY: all within the reservation, whose size follows from the same grant.
    guard
      unsafe clinux_map_fixed(
        self.control, control, grant.controlOffset, UInt64(Layout.controlBytes), false) == 0,
      unsafe clinux_map_fixed(header, data, 0, page + grant.dataBytes, true) == 0,
      unsafe clinux_map_fixed(
        base + (Own.data + Int(grant.dataBytes)), data, page, grant.dataBytes, true) == 0,
      isFit(for: grant)
    else { return false }
    describe(
      dataBytes: grant.dataBytes, identifier: grant.ring,
      RecordLimits(bytes: grant.recordBytesMax, fields: grant.fieldsMax))
    return true
  }

  private func isFit(for grant: Grant) -> Bool {
    typealias Head = Layout.Header
    typealias Control = Layout.Control
    // SAFETY: both pages were just mapped; the offsets are aligned and within.
    return unsafe grant.ring != 0
      && header.load(fromByteOffset: Head.magic, as: UInt32.self) == Layout.Magic.data
      && header.load(fromByteOffset: Head.version, as: UInt32.self) == UInt32(Layout.version)
      && header.load(fromByteOffset: Head.dataBytes, as: UInt64.self) == grant.dataBytes
      && control.load(fromByteOffset: Control.magic, as: UInt32.self) == Layout.Magic.control
      && control.load(fromByteOffset: Control.version, as: UInt32.self) == UInt32(Layout.version)
      && control.load(fromByteOffset: Control.ring, as: UInt64.self) == grant.ring
      && control.load(fromByteOffset: Control.dataBytes, as: UInt64.self) == grant.dataBytes
  }

  private func describe(dataBytes: UInt64, identifier: UInt64, _ limits: RecordLimits) {
    setOwn(Own.mask, dataBytes &- 1)
    setOwn(Own.dataBytes, dataBytes)
    setOwn(Own.limit, dataBytes / 2)
    setOwn(Own.identifier, identifier)
    setOwn(Own.recordLimits, limits.word)
  }

  public func unmap() {
    // SAFETY: the whole reservation; nobody uses it any more, as `isPinned` and the lock say.
    unsafe clinux_unmap(base, own(Own.mappedBytes))
  }

  /// In a forked child: puts zeros of its own in place of the parent's memory, so that a call that
  /// a signal handler interrupted by forking can return here and do no harm.
  public func makePrivate() {
    let bytes = own(Own.mappedBytes)
    // SAFETY: the whole reservation. Should the kernel have no memory for it, unmapping is what
    // keeps the parent's ring whole: the child then ends by a fault instead of harming its parent.
    if unsafe clinux_map_fixed_private(base, bytes) != 0 { unsafe clinux_unmap(base, bytes) }
    setOwn(Own.mappedBytes, bytes)
  }
}
