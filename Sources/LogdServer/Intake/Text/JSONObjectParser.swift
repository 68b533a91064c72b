// One line that is an object of JSON, RFC 8259, as a record.
//
// Our own, because of what the kept libraries without Foundation do not take: yyjson refuses lone
// surrogates, which is how our Python client writes bytes that are not UTF-8, and knows no source text
// of a value; simdjson refuses lines that are not UTF-8.
//
// Limits: values within values 32 deep, more is malformed. A value within is kept as its text. What
// JSON leaves open is decided so that nothing is lost: of members that occur twice each is a field,
// and so is one of our names with a value of the wrong type. Bytes that are not UTF-8 are taken, and
// Python's NaN and Infinity.

internal import CLinux
internal import LogdPlatform
internal import LogdWire

struct JSONObjectParser {
  private var at: Int
  private let record: TextRecord
  private var hasMessage = false
  private var hasSeverity = false

  private static let depthMax = 32

  /// What a member holds; the bytes of a string are in `record.value`.
  private enum Value {
    case string
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case bool(Bool)
    /// Kept as it stands there: what is within, null, a number too large for any type.
    case text(Range<Int>)
  }

  private init(_ start: Int, _ record: TextRecord) {
    at = start
    self.record = record
  }

  /// Fills the record with the object that begins at `start` and ends with the line. False: it is
  /// none; then the record may hold a part of it.
  static func parse(_ line: RawSpan, from start: Int, into record: TextRecord) -> Bool {
    var parser = JSONObjectParser(start, record)
    return parser.object(line)
  }

  private mutating func object(_ line: RawSpan) -> Bool {
    at += 1
    skipBlanks(line)
    if !take(line, "}") {
      repeat {
        skipBlanks(line)
        guard string(line, into: record.key) else { return false }
        skipBlanks(line)
        guard take(line, ":") else { return false }
        skipBlanks(line)
        guard let value = value(line) else { return false }
        member(value, line)
        skipBlanks(line)
      } while take(line, ",")
      guard take(line, "}") else { return false }
    }
    skipBlanks(line)
    return at == line.byteCount
  }

  // MARK: members

  private mutating func member(_ value: Value, _ line: RawSpan) {
    switch name(of: record.key) {
    case .message where !hasMessage:
      hasMessage = true
      message(value, line)
    case .severity where !hasSeverity && severity(value):
      hasSeverity = true
    case .time where record.claimedTime == nil && time(value): break
    case .ident where record.ident == nil && ident(value): break
    default: field(value, line)
    }
  }

  private enum Name { case message, severity, time, ident, other }

  private func name(of key: BoundedBytes) -> Name {
    key.withBytes { key in
      switch key.byteCount {
      case 2: key.equals("ts") ? .time : .other
      case 3: key.equals("msg") ? .message : .other
      case 4: key.equals("time") ? .time : .other
      case 5: key.equals("level") ? .severity : key.equals("ident") ? .ident : .other
      case 7: key.equals("message") ? .message : .other
      case 8: key.equals("severity") || key.equals("priority") ? .severity : .other
      case 9: key.equals("timestamp") ? .time : .other
      default: .other
      }
    }
  }

  private var memberText: Range<Int> { valueStart..<at }
  private var valueStart = 0

  /// Of a value that is no string its text.
  private func message(_ value: Value, _ line: RawSpan) {
    if case .string = value {
      if record.value.isCut { record.isCut = true }
      record.value.withBytes { record.message.append($0) }
    } else {
      record.message.append(line.extracting(memberText))
    }
  }

  private func severity(_ value: Value) -> Bool {
    let found: Severity? =
      switch value {
      case .string: record.value.withBytes { Severity(named: $0) }
      case .int(let number): UInt8(exactly: number).flatMap { Severity(rawValue: $0) }
      default: nil
      }
    guard let found else { return false }
    record.severity = found
    return true
  }

  private func time(_ value: Value) -> Bool {
    let found: Int64? =
      switch value {
      case .string: record.value.withBytes { WallTime.parse($0) }
      case .int(let number): WallTime.nanoseconds(since1970: number)
      case .double(let number): WallTime.nanoseconds(since1970: number)
      default: nil
      }
    guard let found else { return false }
    record.claimedTime = found
    return true
  }

  private func ident(_ value: Value) -> Bool {
    guard case .string = value, record.value.count > 0 else { return false }
    record.ident = record.value.withBytes { Ident(sanitizing: $0) }
    return true
  }

  private func field(_ value: Value, _ line: RawSpan) {
    if record.key.isCut || record.value.isCut { record.isCut = true }
    let text = line.extracting(memberText)
    record.key.withBytes { whole in
      // As in our own lines: a field that has one of our names.
      let isPrefixed = whole.byteCount > 6 && whole.extracting(0..<6).equals("field.")
      let key = whole.extracting((isPrefixed ? 6 : 0)..<whole.byteCount)
      switch value {
      case .string: record.value.withBytes { record.field(key, .string, $0) }
      case .int(let number): record.field(key, .int, word: UInt64(bitPattern: number))
      case .uint(let number): record.field(key, .uint, word: number)
      case .double(let number): record.field(key, .double, word: number.bitPattern)
      case .bool(let flag): record.field(key, flag)
      case .text: record.field(key, .string, text)
      }
    }
  }

  // MARK: values

  private mutating func value(_ line: RawSpan) -> Value? {
    valueStart = at
    record.value.clear()
    guard at < line.byteCount else { return nil }
    switch line.u8(at: at) {
    case UInt8(ascii: "\""): return string(line, into: record.value) ? .string : nil
    case UInt8(ascii: "t"): return take(line, "true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return take(line, "false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return take(line, "null") ? .text(valueStart..<at) : nil
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      return skipNested(line, Self.depthMax) ? .text(valueStart..<at) : nil
    default: return number(line)
    }
  }

  private mutating func number(_ line: RawSpan) -> Value? {
    let start = at
    if take(line, "NaN") { return .double(.nan) }
    let isNegative = take(line, "-")
    if take(line, "Infinity") { return .double(isNegative ? -.infinity : .infinity) }
    guard at < line.byteCount else { return nil }
    let first = at
    var digits: UInt64 = 0
    var isTooLarge = false
    while at < line.byteCount, line.u8(at: at).isDigit {
      let (product, over) = digits.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(line.u8(at: at) - 0x30))
      isTooLarge = isTooLarge || over || carry
      digits = sum
      at += 1
    }
    guard at > first, at == first + 1 || line.u8(at: first) != 0x30 else { return nil }
    var isWhole = true
    if take(line, ".") {
      isWhole = false
      guard skipDigits(line) else { return nil }
    }
    if take(line, "e") || take(line, "E") {
      isWhole = false
      if !take(line, "+") { _ = take(line, "-") }
      guard skipDigits(line) else { return nil }
    }
    if isWhole, !isTooLarge {
      if !isNegative { return digits <= Int64.max ? .int(Int64(digits)) : .uint(digits) }
      if digits <= UInt64(Int64.max) + 1 { return .int(Int64(truncatingIfNeeded: 0 &- digits)) }
    }
    if isWhole || at - start > 63 { return .text(start..<at) }
    // SAFETY: the bytes are there for the call, their count is passed along.
    let value = unsafe line.extracting(start..<at).withUnsafeBytes { bytes in
      unsafe clinux_parse_double(bytes.baseAddress, UInt64(bytes.count))
    }
    return value.isFinite ? .double(value) : .text(start..<at)
  }

  private mutating func skipDigits(_ line: RawSpan) -> Bool {
    let start = at
    while at < line.byteCount, line.u8(at: at).isDigit { at += 1 }
    return at > start
  }

  /// An object or array as a value; `depth` levels are left.
  private mutating func skipNested(_ line: RawSpan, _ depth: Int) -> Bool {
    guard depth > 0 else { return false }
    let isObject = line.u8(at: at) == UInt8(ascii: "{")
    at += 1
    skipBlanks(line)
    if isObject ? take(line, "}") : take(line, "]") { return true }
    repeat {
      skipBlanks(line)
      if isObject {
        guard string(line, into: nil) else { return false }
        skipBlanks(line)
        guard take(line, ":") else { return false }
        skipBlanks(line)
      }
      guard skipValue(line, depth - 1) else { return false }
      skipBlanks(line)
    } while take(line, ",")
    return isObject ? take(line, "}") : take(line, "]")
  }

  private mutating func skipValue(_ line: RawSpan, _ depth: Int) -> Bool {
    guard at < line.byteCount else { return false }
    switch line.u8(at: at) {
    case UInt8(ascii: "\""): return string(line, into: nil)
    case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested(line, depth)
    case UInt8(ascii: "t"): return take(line, "true")
    case UInt8(ascii: "f"): return take(line, "false")
    case UInt8(ascii: "n"): return take(line, "null")
    default: return number(line) != nil
    }
  }

  // MARK: strings

  /// Takes a string, without its escapes, into `target`, which is cleared.
  private mutating func string(_ line: RawSpan, into target: BoundedBytes?) -> Bool {
    target?.clear()
    guard take(line, "\"") else { return false }
    while true {
      let start = at
      while at < line.byteCount, Self.isPlain(line.u8(at: at)) { at &+= 1 }
      if at > start { target?.append(line.extracting(start..<at)) }
      guard at < line.byteCount else { return false }
      if take(line, "\"") { return true }
      guard take(line, "\\"), at < line.byteCount else { return false }
      let kind = line.u8(at: at)
      at += 1
      if kind == UInt8(ascii: "u") {
        guard unicode(line, into: target) else { return false }
      } else {
        guard let byte = kind.unescapedJSON else { return false }
        target?.append(byte)
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// Behind `\u`. `\udc80` to `\udcff` alone is the byte 0x80 to 0xff, as in our own lines and
  /// Python's; any other half of a pair becomes U+FFFD.
  private mutating func unicode(_ line: RawSpan, into target: BoundedBytes?) -> Bool {
    guard let unit = hex(line) else { return false }
    var scalar = unit
    if 0xD800...0xDBFF ~= unit {
      let before = at
      if take(line, "\\u"), let low = hex(line), 0xDC00...0xDFFF ~= low {
        scalar = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      } else {
        at = before
        scalar = 0xFFFD
      }
    } else if 0xDC80...0xDCFF ~= unit {
      target?.append(UInt8(unit - 0xDC00))
      return true
    } else if 0xDC00...0xDFFF ~= unit {
      scalar = 0xFFFD
    }
    if let target { Self.append(scalar, to: target) }
    return true
  }

  private mutating func hex(_ line: RawSpan) -> UInt32? {
    guard at + 4 <= line.byteCount else { return nil }
    var unit: UInt32 = 0
    for index in at..<at + 4 {
      let byte = line.u8(at: index)
      let letter = (byte | 0x20) &- 0x61
      guard byte.isDigit || letter < 6 else { return nil }
      unit = unit << 4 | UInt32(byte.isDigit ? byte - 0x30 : letter + 10)
    }
    at += 4
    return unit
  }

  private static func append(_ scalar: UInt32, to target: BoundedBytes) {
    let last = UInt8(0x80 | scalar & 0x3F)
    let middle = UInt8(0x80 | scalar >> 6 & 0x3F)
    switch scalar {
    case ..<0x80: target.append(UInt8(scalar))
    case ..<0x800:
      target.append(UInt8(0xC0 | scalar >> 6))
      target.append(last)
    case ..<0x10000:
      target.append(UInt8(0xE0 | scalar >> 12))
      target.append(middle)
      target.append(last)
    default:
      target.append(UInt8(0xF0 | scalar >> 18))
      target.append(UInt8(0x80 | scalar >> 12 & 0x3F))
      target.append(middle)
      target.append(last)
    }
  }

  // MARK: words

  private mutating func skipBlanks(_ line: RawSpan) {
    while at < line.byteCount {
      switch line.u8(at: at) {
      case 0x20, 0x09, 0x0d, 0x0a: at += 1
      default: return
      }
    }
  }

  @inline(__always)
  private mutating func take(_ line: RawSpan, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard at &+ count <= line.byteCount else { return false }
    for index in 0..<count {
      // SAFETY: the index is below the count of a literal, which lives for ever.
      if unsafe line.u8(at: at &+ index) != word.utf8Start[index] { return false }
    }
    at &+= count
    return true
  }
}
