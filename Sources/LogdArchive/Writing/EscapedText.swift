/// Bytes as they stand in a line, see <doc:Format>.
enum EscapedText {
  /// Escaped for the format `text`; inside quotes a quote is escaped, too.
  static func text(_ bytes: [UInt8], quoted: Bool) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    each(bytes) { piece, isHarmless in
      switch piece[0] {
      case .backslash: out += "\\\\".utf8
      case .quote where quoted: out += "\\\"".utf8
      case _ where isHarmless: out += piece
      case 0x0a: out += "\\n".utf8
      case 0x0d: out += "\\r".utf8
      case 0x09: out += "\\t".utf8
      default: for byte in piece { out += "\\x".utf8 + hex(byte) }
      }
    }
    return out
  }

  /// A key of the format `text`, which is always bare.
  static func textKey(_ key: [UInt8], isDaemons: Bool) -> [UInt8] {
    var out: [UInt8] = []
    each(key) { piece, isHarmless in
      let isForeign = out.isEmpty && piece[0] == UInt8(ascii: "_") && !isDaemons
      let stands = piece.count == 1 ? isBareInKeys(piece[0]) : isHarmless
      if stands && !isForeign {
        out += piece
      } else {
        for byte in piece { out += "\\x".utf8 + hex(byte) }
      }
    }
    return out
  }

  /// Escaped for a string of JSON, without quotes around it.
  static func json(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    each(bytes) { piece, isHarmless in
      switch piece[0] {
      case .backslash: out += "\\\\".utf8
      case .quote: out += "\\\"".utf8
      case _ where isHarmless: out += piece
      case 0x0a: out += "\\n".utf8
      case 0x0d: out += "\\r".utf8
      case 0x09: out += "\\t".utf8
      case ..<0x80: out += "\\u00".utf8 + hex(piece[0])
      case _ where piece.count == 1: out += "\\udc".utf8 + hex(piece[0])
      default:
        for unit in String(decoding: piece, as: UTF8.self).utf16 {
          out += "\\u".utf8 + hex(UInt8(unit >> 8)) + hex(UInt8(unit & 0xff))
        }
      }
    }
    return out
  }

  /// A key of the format `json`: a client's is prefixed where it would be taken for another.
  static func jsonKey(_ key: [UInt8], isDaemons: Bool) -> [UInt8] {
    let isTaken =
      !isDaemons
      && (JSONLineParser.reserved.contains(key) || key.first == UInt8(ascii: "_")
        || key.starts(with: "field.".utf8))
    return json(isTaken ? "field.".utf8 + key : key)
  }

  /// Calls `body` with each character, or byte that is not part of one, and whether it may stand
  /// in a line as it is.
  private static func each(_ bytes: [UInt8], _ body: ([UInt8], Bool) -> Void) {
    var at = 0
    while at < bytes.count {
      let harmless = bytes.span.harmlessCharacterBytes(at: at)
      let count = harmless ?? bytes.span.characterBytes(at: at)
      body(Array(bytes[at..<at + count]), harmless != nil)
      at += count
    }
  }

  /// `A–Z a–z 0–9 . _ - / @ :`
  private static func isBareInKeys(_ byte: UInt8) -> Bool {
    byte.isIdent && byte != UInt8(ascii: "+") || byte == UInt8(ascii: ":")
  }

  private static func hex(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }
}
