extension UInt8 {
  static let quote = UInt8(ascii: "\"")
  static let space = UInt8(ascii: " ")
  static let equals = UInt8(ascii: "=")
  static let backslash = UInt8(ascii: "\\")
}

// Strings of the format `text`: bare up to a known end, or between quotes.
extension Span<UInt8> {
  /// Takes `"…"`.
  func takeQuoted(_ at: inout Int) throws(Damage) -> [UInt8] {
    let start = at
    at += 1
    var out: [UInt8] = []
    while at < count {
      if self[at] == .quote {
        at += 1
        return out
      }
      try takeCharacter(&at, to: count, quoted: true, into: &out)
    }
    throw Damage(.unclosed, at: start)
  }

  /// Takes everything up to `end`.
  func takeBare(_ at: inout Int, to end: Int) throws(Damage) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(end - at)
    while at < end { try takeCharacter(&at, to: end, quoted: false, into: &out) }
    return out
  }

  /// Takes one character or one escape.
  private func takeCharacter(
    _ at: inout Int, to end: Int, quoted: Bool, into out: inout [UInt8]
  ) throws(Damage) {
    if self[at] == .backslash {
      out.append(try takeEscape(&at, to: end, quoted: quoted))
      return
    }
    guard let bytes = harmlessCharacterBytes(at: at), at + bytes <= end else {
      throw Damage(.raw, at: at)
    }
    for index in at..<at + bytes { out.append(self[index]) }
    at += bytes
  }

  private func takeEscape(
    _ at: inout Int, to end: Int, quoted: Bool
  ) throws(Damage) -> UInt8 {
    guard at + 1 < end else { throw Damage(.escape, at: at) }
    let kind = self[at + 1]
    if kind == UInt8(ascii: "x") {
      guard at + 4 <= end, let high = self[at + 2].hexDigit, let low = self[at + 3].hexDigit else {
        throw Damage(.escape, at: at)
      }
      at += 4
      return high << 4 | low
    }
    guard let byte = Self.escaped(kind, quoted: quoted) else { throw Damage(.escape, at: at) }
    at += 2
    return byte
  }

  private static func escaped(_ kind: UInt8, quoted: Bool) -> UInt8? {
    switch kind {
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "r"): 0x0d
    case UInt8(ascii: "t"): 0x09
    case .backslash: .backslash
    case .quote: quoted ? .quote : nil
    default: nil
    }
  }
}
