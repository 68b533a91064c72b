internal import CLinux
internal import LogdWire

// A record as a line, for who wants the other format than the file has.
extension LogRecord {
  /// The line without its newline, as the daemon would write it. Allocates.
  ///
  /// The user is left out of JSON when it is not known, as of a line of text.
  public func line(_ format: LogFormat) -> [UInt8] {
    switch format {
    case .text: textLine
    case .json: jsonLine
    }
  }

  private var textLine: [UInt8] {
    var line = Timestamp.text(time)
    line += " \(severity.name) \(ident)[\(pid)]: ".utf8
    line += Self.isBare(message) ? EscapedText.text(message, quoted: false) : Self.quoted(message)
    for field in fields {
      line.append(.space)
      line += EscapedText.textKey(field.key, isDaemons: field.isDaemons)
      line.append(.equals)
      line += field.value.text
    }
    return line
  }

  private static func isBare(_ message: [UInt8]) -> Bool {
    guard let first = message.first, let last = message.last else { return false }
    return first != .quote && first != .space && last != .space && !message.contains(.equals)
  }

  fileprivate static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    [.quote] + EscapedText.text(bytes, quoted: true) + [.quote]
  }

  private var jsonLine: [UInt8] {
    var line = Array("{\"ts\":\"".utf8) + Timestamp.text(time)
    line += "\",\"level\":\"\(severity.name)\",\"ident\":\"\(ident)\",\"pid\":\(pid)".utf8
    if let uid { line += ",\"uid\":\(uid)".utf8 }
    line += ",\"msg\":\"".utf8 + EscapedText.json(message) + "\"".utf8
    for field in fields {
      line += ",\"".utf8 + EscapedText.jsonKey(field.key, isDaemons: field.isDaemons)
      line += "\":".utf8 + (field.taskLevel ?? field.value.json)
    }
    return line + "}".utf8
  }
}

extension LogField {
  fileprivate var taskLevel: [UInt8]? {
    guard key == TaskLevel.key, case .string(let text) = value else { return nil }
    return TaskLevel.list(text)
  }
}

extension FieldValue {
  fileprivate var text: [UInt8] {
    guard case .string(let bytes) = self else { return scalar }
    return Self.isBare(bytes) ? EscapedText.text(bytes, quoted: false) : LogRecord.quoted(bytes)
  }

  private static func isBare(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return false }
    if bytes.contains(where: { $0 == .space || $0 == .quote || $0 == .equals }) { return false }
    switch first {
    case 0x30...0x39, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): return false
    default: return !["true", "false", "nan", "inf"].contains { bytes.elementsEqual($0.utf8) }
    }
  }

  fileprivate var json: [UInt8] {
    switch self {
    case .string(let bytes): [.quote] + EscapedText.json(bytes) + [.quote]
    case .double(let value) where !value.isFinite: "{\"float\":\"".utf8 + scalar + "\"}".utf8
    default: scalar
    }
  }

  /// Everything but strings, which both formats write alike.
  private var scalar: [UInt8] {
    switch self {
    case .integer(let value): Array("\(value)".utf8)
    case .unsigned(let value): Array("\(value)".utf8)
    case .bool(let value): Array("\(value)".utf8)
    case .double(let value): Self.digits(value)
    case .string(let bytes): bytes
    }
  }

  /// The digits that the daemon writes: the shortest that read back the same.
  private static func digits(_ value: Double) -> [UInt8] {
    if value.isNaN { return Array("nan".utf8) }
    if value.isInfinite { return Array(value < 0 ? "-inf".utf8 : "inf".utf8) }
    var out = [UInt8](repeating: 0, count: 32)
    let count = unsafe out.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: the C function writes at most 32 bytes.
      unsafe Int(clinux_format_double(value, buffer.baseAddress!))
    }
    let digits = Array(out[..<count])
    let isInteger = !digits.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }
    return isInteger ? digits + ".0".utf8 : digits
  }
}
