import LogdArchive
import LogdWire

/// How a record is written, straight from Format.md: plain and slow.
enum FormatModel {
  static func line(_ record: LogRecord, _ format: LogFormat) -> [UInt8] {
    switch format {
    case .text: text(record)
    case .json: json(record)
    }
  }

  // MARK: text

  static func text(_ record: LogRecord) -> [UInt8] {
    let head = "\(time(record.time)) \(record.severity.name) \(record.ident)[\(record.pid)]: "
    var line = Array(head.utf8) + textMessage(record.message)
    for field in record.fields {
      line += [0x20] + textKey(field) + [UInt8(ascii: "=")] + textValue(field.value)
    }
    return line
  }

  private static func textMessage(_ message: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    let quoted =
      message.isEmpty || message.first == UInt8(ascii: "\"") || message.first == space
      || message.last == space || message.contains(UInt8(ascii: "="))
    return escaped(message, quoted: quoted)
  }

  private static func textKey(_ field: LogField) -> [UInt8] {
    let bare = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/@:".utf8)
    var key: [UInt8] = []
    for (index, piece) in pieces(field.key).enumerated() {
      let isForeign = index == 0 && piece.bytes[0] == UInt8(ascii: "_") && !field.isDaemons
      let stands = piece.bytes.count == 1 ? bare.contains(piece.bytes[0]) : piece.isHarmless
      key += stands && !isForeign ? piece.bytes : piece.bytes.flatMap(hex)
    }
    return key
  }

  private static func textValue(_ value: FieldValue) -> [UInt8] {
    guard case .string(let bytes) = value else { return number(value) }
    let text = String(decoding: bytes, as: UTF8.self)
    let quoted =
      bytes.isEmpty || bytes.contains { " \"=".utf8.contains($0) }
      || "0123456789+-.".utf8.contains(bytes[0]) || ["true", "false", "nan", "inf"].contains(text)
    return escaped(bytes, quoted: quoted)
  }

  private static func escaped(_ bytes: [UInt8], quoted: Bool) -> [UInt8] {
    let short: [UInt8: String] = [0x0a: "\\n", 0x0d: "\\r", 0x09: "\\t", 0x5c: "\\\\"]
    var out: [UInt8] = []
    for piece in pieces(bytes) {
      if let short = short[piece.bytes[0]] {
        out += short.utf8
      } else if quoted, piece.bytes == [UInt8(ascii: "\"")] {
        out += "\\\"".utf8
      } else {
        out += piece.isHarmless ? piece.bytes : piece.bytes.flatMap(hex)
      }
    }
    return quoted ? [UInt8(ascii: "\"")] + out + [UInt8(ascii: "\"")] : out
  }

  private static func hex(_ byte: UInt8) -> [UInt8] { Array("\\x\(digits(Int(byte), 2, 16))".utf8) }

  // MARK: json

  static func json(_ record: LogRecord) -> [UInt8] {
    var line = Array("{\"ts\":\"\(time(record.time))\",\"level\":\"\(record.severity.name)\"".utf8)
    line += ",\"ident\":\"\(record.ident)\",\"pid\":\(record.pid)".utf8
    line += ",\"uid\":\(record.uid ?? 0),\"msg\":".utf8 + jsonString(record.message)
    for field in record.fields {
      line += ",".utf8 + jsonString(jsonKey(field)) + ":".utf8
      line += taskLevel(field) ?? jsonValue(field.value)
    }
    return line + "}".utf8
  }

  private static func jsonKey(_ field: LogField) -> [UInt8] {
    if field.isDaemons { return field.key }
    let reserved = ["ts", "level", "ident", "pid", "uid", "msg"].map { Array($0.utf8) }
    let taken =
      reserved.contains(field.key) || field.key.first == UInt8(ascii: "_")
      || field.key.starts(with: "field.".utf8)
    return taken ? "field.".utf8 + field.key : field.key
  }

  /// `/1/2` under the key `task_level`: `[1,2]`.
  private static func taskLevel(_ field: LogField) -> [UInt8]? {
    guard case .string(let bytes) = field.value, field.key.elementsEqual("task_level".utf8),
      let text = String(validating: bytes, as: UTF8.self), text.first == "/"
    else { return nil }
    let numbers = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    let areGood = numbers.allSatisfy { UInt32($0).map { $0 < 1_000_000_000 } == true }
    guard areGood, numbers.allSatisfy({ "\(UInt32($0)!)" == $0 }) else { return nil }
    return Array("[\(numbers.joined(separator: ","))]".utf8)
  }

  private static func jsonValue(_ value: FieldValue) -> [UInt8] {
    switch value {
    case .string(let bytes): jsonString(bytes)
    case .double(let double) where !double.isFinite:
      "{\"float\":\"".utf8 + number(value) + "\"}".utf8
    default: number(value)
    }
  }

  private static func jsonString(_ bytes: [UInt8]) -> [UInt8] {
    let short: [UInt8: String] = [0x0a: "n", 0x0d: "r", 0x09: "t", 0x5c: "\\", 0x22: "\""]
    var out: [UInt8] = []
    for piece in pieces(bytes) {
      if let short = short[piece.bytes[0]] {
        out += "\\\(short)".utf8
      } else if let scalar = piece.scalar {
        out += piece.isHarmless ? piece.bytes : Array("\\u\(digits(Int(scalar), 4, 16))".utf8)
      } else {
        out += piece.bytes.flatMap { Array("\\udc\(digits(Int($0), 2, 16))".utf8) }
      }
    }
    return "\"".utf8 + out + "\"".utf8
  }

  // MARK: both

  private static func number(_ value: FieldValue) -> [UInt8] {
    switch value {
    case .integer(let value): Array("\(value)".utf8)
    case .unsigned(let value): Array("\(value)".utf8)
    case .double(let value): Array(value.isNaN ? "nan".utf8 : "\(value)".utf8)
    case .bool(let value): Array("\(value)".utf8)
    case .string: preconditionFailure("a string is not a number")
    }
  }

  static func time(_ nanoseconds: Int64) -> String {
    let micros = floorDivide(nanoseconds, 1000)
    let second = floorDivide(micros, 1_000_000)
    let day = floorDivide(second, 86_400)
    let inDay = Int(second - day * 86_400)
    let (year, month, dayOfMonth) = date(day)
    let clock = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { digits($0, 2, 10) }
    return "\(digits(year, 4, 10))-\(digits(month, 2, 10))-\(digits(dayOfMonth, 2, 10))T"
      + clock.joined(separator: ":") + ".\(digits(Int(micros - second * 1_000_000), 6, 10))Z"
  }

  /// Counts years, then months, from 1970 on.
  private static func date(_ days: Int64) -> (Int, Int, Int) {
    var (year, rest) = (1970, Int(days))
    func isLeap(_ year: Int) -> Bool { year % 4 == 0 && year % 100 != 0 || year % 400 == 0 }
    while rest < 0 {
      year -= 1
      rest += isLeap(year) ? 366 : 365
    }
    while rest >= (isLeap(year) ? 366 : 365) {
      rest -= isLeap(year) ? 366 : 365
      year += 1
    }
    let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 0
    while rest >= lengths[month] {
      rest -= lengths[month]
      month += 1
    }
    return (year, month + 1, rest + 1)
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    a / b - (a % b < 0 ? 1 : 0)
  }

  private static func digits(_ value: Int, _ width: Int, _ radix: Int) -> String {
    let text = String(value, radix: radix)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  /// A character, or a byte that is not part of one.
  private struct Piece {
    var bytes: [UInt8]
    var scalar: UInt32?

    var isHarmless: Bool {
      guard let scalar else { return false }
      switch scalar {
      case 0..<0x20, 0x7f, 0x80...0x9f: return false
      case 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: return false
      default: return true
      }
    }
  }

  private static func pieces(_ bytes: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = (1...4).lazy.filter { $0 <= rest.count }.compactMap { count -> Piece? in
        guard let text = String(validating: rest.prefix(count), as: UTF8.self),
          text.unicodeScalars.count == 1
        else { return nil }
        return Piece(bytes: Array(rest.prefix(count)), scalar: text.unicodeScalars.first!.value)
      }.first
      pieces.append(piece ?? Piece(bytes: [rest.first!], scalar: nil))
      rest = rest.dropFirst(pieces.last!.bytes.count)
    }
    return pieces
  }
}
