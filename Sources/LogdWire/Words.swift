/// Numbers at byte offsets of a message or page: bounds-checked, any alignment, machine byte order.
extension RawSpan {
  @inlinable @inline(__always) public func u8(at offset: Int) -> UInt8 {
    // SAFETY: bounds-checked by the call; every bit pattern is a valid integer. So below.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  @inlinable @inline(__always) public func u16(at offset: Int) -> UInt16 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
  }

  @inlinable @inline(__always) public func u32(at offset: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  @inlinable @inline(__always) public func u64(at offset: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }
}

extension MutableRawSpan {
  /// Stores an integer; bounds-checked, any alignment.
  @inlinable @inline(__always)
  public mutating func store<Word: FixedWidthInteger & BitwiseCopyable>(
    _ value: Word, at offset: Int
  ) {
    storeBytes(of: value, toByteOffset: offset, as: Word.self)
  }
}
