/// Memory that lines are written into, one byte after the other: the batch.
///
/// The caller asks `hasRoom` once for the longest a line can get; the appends after it only
/// assert in debug builds, so that a record costs one check.
// SAFETY: the creator guarantees `base` for `capacity` bytes; `hasRoom` is the bound of what
// follows it, and leaves `slack` bytes that a block copy may write beyond the end.
@safe public struct LineBuffer: ~Copyable {
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let capacity: Int
  public var count: Int = 0

  /// What a block copy may write beyond what it appends.
  public static let slackBytes = 32

  @unsafe public init(base: UnsafeMutableRawPointer, capacity: Int) {
    unsafe self.base = base
    self.capacity = capacity
  }

  /// Whether `bytes` more can be appended.
  @inlinable public func hasRoom(_ bytes: Int) -> Bool {
    bytes <= capacity &- count &- LineBuffer.slackBytes
  }

  @inlinable public mutating func append(_ byte: UInt8) {
    assert(hasRoom(1))
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @inlinable public mutating func append(_ text: StaticString) {
    let n = text.utf8CodeUnitCount
    assert(hasRoom(n))
    unsafe (base + count).copyMemory(from: text.utf8Start, byteCount: n)
    count &+= n
  }

  /// Appends the first `n` of up to 16 bytes, by one store.
  @inlinable public mutating func append(_ block: SIMD16<UInt8>, count n: Int) {
    assert(hasRoom(n) && n <= 16)
    unsafe (base + count).storeBytes(of: block, as: SIMD16<UInt8>.self)
    count &+= n
  }

  @inlinable public mutating func append(_ bytes: RawSpan) {
    assert(hasRoom(bytes.byteCount))
    unsafe bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      unsafe (base + count).copyMemory(from: from, byteCount: source.count)
    }
    count &+= bytes.byteCount
  }

  /// A number in decimal.
  @inlinable public mutating func append(_ value: UInt64) {
    if value < 10 { return append(UInt8(truncatingIfNeeded: value) &+ 48) }
    var digits = 0
    var rest = value
    repeat {
      digits &+= 1
      rest /= 10
    } while rest > 0
    assert(hasRoom(digits))
    rest = value
    var at = count &+ digits
    repeat {
      at &-= 1
      unsafe base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest % 10) &+ 48, toByteOffset: at, as: UInt8.self)
      rest /= 10
    } while rest > 0
    count &+= digits
  }

  @inlinable public mutating func append(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(value.magnitude)
  }

  /// A number in decimal with exactly six digits: microseconds.
  @inlinable public mutating func appendSixDigits(_ value: UInt32) {
    assert(hasRoom(6) && value < 1_000_000)
    var rest = value
    var at = count &+ 5
    while at >= count {
      unsafe base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest % 10) &+ 48, toByteOffset: at, as: UInt8.self)
      rest /= 10
      at &-= 1
    }
    count &+= 6
  }

  /// Appends the bytes from `start` on as long as `isSpecial` finds none in a block of 16.
  ///
  /// Answers the index of the block with the first special byte, or the end. The workhorse of
  /// escaping: most messages need none, and go through here sixteen bytes at a time.
  @inlinable @inline(__always)
  public mutating func appendBlocks(
    _ bytes: RawSpan, from start: Int,
    isSpecial: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
  ) -> Int {
    var index = start
    let end = bytes.byteCount
    while index &+ 16 <= end {
      let block = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
      if any(isSpecial(block)) { return index }
      unsafe (base + count).storeBytes(of: block, as: SIMD16<UInt8>.self)
      count &+= 16
      index &+= 16
    }
    return index
  }
}
