extension Span<UInt8> {
  /// The bytes of the character at `at` when it may stand unescaped in a line: not a control, not
  /// DEL, valid UTF-8, and none that ends lines or steers terminals. Otherwise nil.
  func harmlessCharacterBytes(at: Int) -> Int? {
    let first = self[at]
    if first < 0x80 { return first >= 0x20 && first != 0x7f ? 1 : nil }
    guard let (scalar, bytes) = multibyteScalar(at: at) else { return nil }
    return scalar.steersTerminals ? nil : bytes
  }

  /// The bytes of the character at `at`; one when it is not part of valid UTF-8.
  func characterBytes(at: Int) -> Int {
    self[at] < 0x80 ? 1 : multibyteScalar(at: at)?.bytes ?? 1
  }

  /// The character of two to four bytes at `at`, RFC 3629: shortest form, no surrogates.
  private func multibyteScalar(at: Int) -> (scalar: UInt32, bytes: Int)? {
    let first = self[at]
    let (bytes, least): (Int, UInt32)
    switch first {
    case 0xc2...0xdf: (bytes, least) = (2, 0x80)
    case 0xe0...0xef: (bytes, least) = (3, 0x800)
    case 0xf0...0xf4: (bytes, least) = (4, 0x10000)
    default: return nil
    }
    guard at + bytes <= count else { return nil }
    var scalar = UInt32(first) & (0x7f >> UInt32(bytes))
    for index in at + 1..<at + bytes {
      guard self[index] & 0xc0 == 0x80 else { return nil }
      scalar = scalar << 6 | UInt32(self[index] & 0x3f)
    }
    let valid = scalar >= least && scalar <= 0x10ffff && !(0xd800...0xdfff).contains(scalar)
    return valid ? (scalar, bytes) : nil
  }
}

extension UInt32 {
  /// Whether this character ends lines or steers terminals: C1 controls, line and paragraph
  /// separators, bidirectional overrides and isolates.
  fileprivate var steersTerminals: Bool {
    switch self {
    case 0x80...0x9f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
