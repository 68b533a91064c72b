// How bytes that would break a line, a quote or a terminal are written. <doc:Format> is the
// specification; `LogdArchive` reads it back.

internal import LogdPlatform
internal import LogdWire

/// Which bytes stand for themselves, and how the others are written.
enum EscapeStyle {
  case textBare, textQuoted, json

  /// The printable ASCII character, beside the backslash, that cannot be copied as it is.
  @inline(__always)
  var special: UInt8 { self == .textBare ? UInt8(ascii: "=") : UInt8(ascii: "\"") }

  @inline(__always)
  func isSpecial(_ byte: UInt8) -> Bool {
    // The first comparison finds controls, DEL and everything beyond ASCII.
    byte &- 0x20 >= 0x5F || byte == 0x5C || byte == special
  }
}

extension LineBuffer {
  /// Appends the bytes, escaped. A bare text ends at the first `=`: answers false, and the
  /// caller starts again with quotes.
  @inline(__always)
  mutating func appendEscaped(_ bytes: RawSpan, _ style: EscapeStyle) -> Bool {
    var index = 0
    let end = bytes.byteCount
    while true {
      index = appendPlain(bytes, from: index, but: style.special)
      if index == end { return true }
      let stop = min(index &+ 16, end)
      while index < stop {
        let byte = bytes.u8(at: index)
        if !style.isSpecial(byte) {
          append(byte)
          index &+= 1
        } else if byte == 0x3D, style == .textBare {
          return false
        } else {
          index &+= appendSpecial(bytes, at: index, json: style == .json)
        }
      }
    }
  }

  /// Appends one character that cannot be copied unseen; how many bytes of input it was.
  @inline(never)
  private mutating func appendSpecial(_ bytes: RawSpan, at index: Int, json: Bool) -> Int {
    let byte = bytes.u8(at: index)
    if byte < 0x80 {
      appendASCII(byte, json: json)
      return 1
    }
    guard let scalar = UTF8Scalar(bytes, at: index) else {
      if json {
        append("\\udc")
        appendHex(byte)
      } else {
        appendHexEscape(byte)
      }
      return 1
    }
    if !scalar.steersTerminals {
      for offset in 0..<scalar.byteCount { append(bytes.u8(at: index &+ offset)) }
    } else if json {
      appendUnicodeEscape(scalar.value)
    } else {
      for offset in 0..<scalar.byteCount { appendHexEscape(bytes.u8(at: index &+ offset)) }
    }
    return scalar.byteCount
  }

  private mutating func appendASCII(_ byte: UInt8, json: Bool) {
    switch byte {
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0x5C: append("\\\\")
    case 0x22: append("\\\"")
    default: if json { appendUnicodeEscape(UInt32(byte)) } else { appendHexEscape(byte) }
    }
  }

  mutating func appendHexEscape(_ byte: UInt8) {
    append("\\x")
    appendHex(byte)
  }

  private mutating func appendUnicodeEscape(_ value: UInt32) {
    append("\\u")
    appendHex(UInt8(truncatingIfNeeded: value &>> 8))
    appendHex(UInt8(truncatingIfNeeded: value))
  }

  private mutating func appendHex(_ byte: UInt8) {
    appendHexDigit(byte &>> 4)
    appendHexDigit(byte & 15)
  }

  private mutating func appendHexDigit(_ digit: UInt8) {
    append(digit < 10 ? digit &+ 0x30 : digit &+ 0x57)
  }
}

/// One character of well-formed UTF-8 beyond ASCII, Unicode 3.9 table 3-7.
struct UTF8Scalar {
  let value: UInt32
  let byteCount: Int

  /// Decodes the character at `index`; nil where the bytes are not well-formed.
  init?(_ bytes: RawSpan, at index: Int) {
    let first = bytes.u8(at: index)
    let count: Int
    var minimum: UInt8 = 0x80
    var maximum: UInt8 = 0xBF
    switch first {
    case 0xC2...0xDF: count = 2
    case 0xE0...0xEF:
      count = 3
      if first == 0xE0 { minimum = 0xA0 }
      if first == 0xED { maximum = 0x9F }
    case 0xF0...0xF4:
      count = 4
      if first == 0xF0 { minimum = 0x90 }
      if first == 0xF4 { maximum = 0x8F }
    default: return nil
    }
    guard index &+ count <= bytes.byteCount else { return nil }
    guard (minimum...maximum).contains(bytes.u8(at: index &+ 1)) else { return nil }
    var value = UInt32(first) & (0x7F &>> UInt32(count))
    for offset in 1..<count {
      let next = bytes.u8(at: index &+ offset)
      guard next & 0xC0 == 0x80 else { return nil }
      value = value &<< 6 | UInt32(next & 0x3F)
    }
    self.value = value
    byteCount = count
  }

  /// Characters that end a line for some reader, or reorder or control what a terminal shows.
  var steersTerminals: Bool {
    switch value {
    case 0x80...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
