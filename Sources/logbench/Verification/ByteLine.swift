internal import Glibc

/// The few looks at a line that are made millions of times a second.
extension Span<UInt8> {
  /// Whether the bytes from `at` on are these.
  @inline(__always)
  func has(_ other: [UInt8], at: Int) -> Bool {
    guard at >= 0, other.count > 0 else { return at >= 0 }
    guard at <= count - other.count else { return false }
    // SAFETY: at + other.count <= count, and both pointers live for the call.
    return unsafe withUnsafeBufferPointer { mine in
      unsafe other.withUnsafeBufferPointer { theirs in
        unsafe memcmp(mine.baseAddress! + at, theirs.baseAddress!, theirs.count) == 0
      }
    }
  }

  /// The number that the digits of this place spell, nil if they are not all digits.
  @inline(__always)
  func decimal(_ place: Range<Int>) -> UInt64? {
    guard place.upperBound <= count else { return nil }
    var value: UInt64 = 0
    for at in place {
      let digit = self[at] &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ UInt64(digit)
    }
    return value
  }
}
