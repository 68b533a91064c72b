public import CLinux

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

  /// What was written so far.
  public var copy: [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: base, count: count))
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
    if value < 100_000_000 {
      let digits = Self.digits(UInt32(truncatingIfNeeded: value))
      appendDigits(digits, leavingOut: min(digits.trailingZeroBitCount / 8, 7))
    } else {
      append(value / 100_000_000)
      appendDigits(Self.digits(UInt32(truncatingIfNeeded: value % 100_000_000)), leavingOut: 0)
    }
  }

  @inlinable public mutating func append(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(value.magnitude)
  }

  /// A number in decimal with exactly six digits: microseconds.
  @inlinable @inline(__always) public mutating func appendSixDigits(_ value: UInt32) {
    assert(value < 1_000_000)
    appendDigits(Self.digits(value), leavingOut: 2)
  }

  /// The eight digits of a number below 10⁸ as bytes 0…9, the first one lowest: halves, quarters and
  /// eighths of them at once, each in a part of the word. A tenth and a hundredth are products that are
  /// exact for parts so small.
  @inlinable @inline(__always) static func digits(_ value: UInt32) -> UInt64 {
    let fours = UInt64(value / 10_000) | UInt64(value % 10_000) &<< 32
    let hundreds = (fours &* 10_486) &>> 20 & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) &<< 16
    let tens = (twos &* 103) &>> 10 & 0x000F_000F_000F_000F
    return tens | (twos &- tens &* 10) &<< 8
  }

  /// Without the first `skipped` of them.
  @inlinable @inline(__always) mutating func appendDigits(_ digits: UInt64, leavingOut skipped: Int)
  {
    assert(hasRoom(8 - skipped))
    let text = ((digits | 0x3030_3030_3030_3030) &>> UInt64(8 &* skipped)).littleEndian
    unsafe base.storeBytes(of: text, toByteOffset: count, as: UInt64.self)
    count &+= 8 &- skipped
  }

  /// Appends the bytes from `start` on as long as a block of 16 is plain: printable ASCII without
  /// backslash and `also`.
  ///
  /// Answers the index of the first block that is not, or the end. The workhorse of escaping:
  /// most messages need none and go through here.
  @inlinable @inline(__always)
  public mutating func appendPlain(_ bytes: RawSpan, from start: Int, but also: UInt8) -> Int {
    let end = bytes.byteCount
    assert(hasRoom(end - start))
    var index = start
    var target = count
    // SAFETY: reads stay below `end`; writes below what `hasRoom` promised, plus its slack.
    unsafe bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      while index &+ 32 <= end,
        unsafe clinux_copy_plain_blocks(base + target, from + index, also)
      {
        index &+= 32
        target &+= 32
      }
      while index &+ 16 <= end {
        guard unsafe clinux_copy_plain_block(base + target, from + index, also) else { return }
        index &+= 16
        target &+= 16
      }
      // The rest overlaps what was just copied, which is plain: writing it again changes nothing.
      if index < end, index &- start >= 16 {
        let back = 16 &- (end &- index)
        guard unsafe clinux_copy_plain_block(base + target - back, from + index - back, also)
        else { return }
        target &+= end &- index
        index = end
      }
    }
    count = target
    return index
  }
}
