// Strings of the format `json`.

internal import LogdPlatform

extension Span<UInt8> {
  /// Takes `"…"`.
  func takeJSONString(_ at: inout Int) throws(Damage) -> [UInt8] {
    let start = at
    try take("\"", &at, or: .layout)
    var out: [UInt8] = []
    while at < count {
      switch self[at] {
      case .quote:
        at += 1
        return out
      case .backslash:
        try takeJSONEscape(&at, into: &out)
      default:
        guard let bytes = harmlessCharacterBytes(at: at) else { throw Damage(.raw, at: at) }
        for index in at..<at + bytes { out.append(self[index]) }
        at += bytes
      }
    }
    throw Damage(.unclosed, at: start)
  }

  private func takeJSONEscape(_ at: inout Int, into out: inout [UInt8]) throws(Damage) {
    guard at + 1 < count else { throw Damage(.escape, at: at) }
    let kind = self[at + 1]
    if kind == UInt8(ascii: "u") { return try takeUnicodeEscape(&at, into: &out) }
    guard let byte = kind.unescapedJSON else { throw Damage(.escape, at: at) }
    out.append(byte)
    at += 2
  }

  /// Takes `\uXXXX`. The daemon writes no pair of surrogates, and `\udc80`…`\udcff` for a byte.
  private func takeUnicodeEscape(_ at: inout Int, into out: inout [UInt8]) throws(Damage) {
    var unit: UInt32 = 0
    guard at + 6 <= count else { throw Damage(.escape, at: at) }
    for index in at + 2..<at + 6 {
      guard let digit = self[index].hexDigit else { throw Damage(.escape, at: at) }
      unit = unit << 4 | UInt32(digit)
    }
    switch unit {
    case 0xdc80...0xdcff: out.append(UInt8(unit - 0xdc00))
    case 0xd800...0xdfff: throw Damage(.escape, at: at)
    case 0..<0x80: out.append(UInt8(unit))
    case 0x80..<0x800:
      out.append(UInt8(0xc0 | unit >> 6))
      out.append(UInt8(0x80 | unit & 0x3f))
    default:
      out.append(UInt8(0xe0 | unit >> 12))
      out.append(UInt8(0x80 | unit >> 6 & 0x3f))
      out.append(UInt8(0x80 | unit & 0x3f))
    }
    at += 6
  }
}
