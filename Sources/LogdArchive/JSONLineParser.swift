/// Reads lines of the format `json`, see <doc:Format>.
///
/// A parser for our own line and nothing else: it keeps what general ones lose, namely integers of
/// 64 bits, a key that occurs twice, and bytes that are not UTF-8 (`\udcHH`). As strict as
/// ``TextLineParser``; for any bytes whatever it answers, it never traps.
public struct JSONLineParser: Sendable {
  public init() {}

  /// Reads one line, without its newline. Allocates what the record holds.
  public func parse(_ line: Span<UInt8>) -> ParsedLine {
    do throws(Damage) {
      return .record(try record(line))
    } catch {
      return .damaged(error)
    }
  }

  private func record(_ line: Line) throws(Damage) -> LogRecord {
    var at = 0
    try line.take("{\"ts\":\"", &at, or: .layout)
    let time = try line.takeTime(&at)
    try line.take("\",\"level\":\"", &at, or: .layout)
    let severity = try line.takeSeverity(&at)
    try line.take("\",\"ident\":\"", &at, or: .severity)
    let ident = try line.takeIdent(&at)
    try line.take("\",\"pid\":", &at, or: .ident)
    let pid = try line.takePID(&at)
    let uid = try takeUID(line, &at)
    try line.take(",\"msg\":", &at, or: .uid)
    let message = try line.takeJSONString(&at)
    let fields = try takeFields(line, &at)
    return LogRecord(
      time: time, severity: severity, ident: ident, pid: pid, uid: uid, message: message,
      fields: fields)
  }

  /// Takes the user; a line that was made from one of text has none.
  private func takeUID(_ line: Line, _ at: inout Int) throws(Damage) -> UInt32? {
    guard line.starts(with: ",\"uid\":", at: at) else { return nil }
    at += 7
    return UInt32(try line.takeDecimal(&at, most: UInt64(UInt32.max), or: .uid))
  }

  /// Takes the rest of the object, which is the rest of the line.
  private func takeFields(_ line: Line, _ at: inout Int) throws(Damage) -> [LogField] {
    var fields: [LogField] = []
    while line.starts(with: ",", at: at) {
      at += 1
      fields.append(try takeField(line, &at))
    }
    try line.take("}", &at, or: .layout)
    guard at == line.count else { throw Damage(.layout, at: at) }
    return fields
  }

  private func takeField(_ line: Line, _ at: inout Int) throws(Damage) -> LogField {
    let start = at
    var key = try line.takeJSONString(&at)
    try line.take(":", &at, or: .key)
    let value = try takeValue(line, &at, of: key)
    let isDaemons = key.first == UInt8(ascii: "_")
    if !isDaemons {
      guard let own = Self.withoutPrefix(key), !own.isEmpty else { throw Damage(.key, at: start) }
      key = own
    }
    return LogField(key: key, value: value, isDaemons: isDaemons)
  }

  /// The key as the client gave it; nil if it is one that would have been prefixed.
  private static func withoutPrefix(_ key: [UInt8]) -> [UInt8]? {
    let prefix = Array("field.".utf8)
    guard key.starts(with: prefix) else { return reserved.contains(key) ? nil : key }
    return Array(key.dropFirst(prefix.count))
  }

  static let reserved = Set(
    ["ts", "level", "ident", "pid", "uid", "msg"].map { Array($0.utf8) })

  private func takeValue(
    _ line: Line, _ at: inout Int, of key: [UInt8]
  ) throws(Damage) -> FieldValue {
    guard at < line.count else { throw Damage(.value, at: at) }
    switch line[at] {
    case .quote:
      return .string(try line.takeJSONString(&at))
    case UInt8(ascii: "t"):
      try line.take("true", &at, or: .value)
      return .bool(true)
    case UInt8(ascii: "f"):
      try line.take("false", &at, or: .value)
      return .bool(false)
    case UInt8(ascii: "{"):
      return .double(try takeNonFinite(line, &at))
    case UInt8(ascii: "[") where key == TaskLevel.key:
      return .string(try takeTaskLevel(line, &at))
    default:
      return try line.takeNumber(&at)
    }
  }

  /// Takes `[1,2]` and gives back `/1/2`.
  private func takeTaskLevel(_ line: Line, _ at: inout Int) throws(Damage) -> [UInt8] {
    var level: [UInt8] = []
    repeat {
      at += 1
      let start = at
      _ = try line.takeDecimal(&at, most: 999_999_999, or: .value)
      level.append(UInt8(ascii: "/"))
      level += line.bytes(start..<at)
    } while line.starts(with: ",", at: at)
    try line.take("]", &at, or: .value)
    return level
  }

  /// Takes `{"float":"nan"}` and the like.
  private func takeNonFinite(_ line: Line, _ at: inout Int) throws(Damage) -> Double {
    let start = at
    try line.take("{\"float\":\"", &at, or: .value)
    let end = line.firstIndex(of: .quote, from: at) ?? at
    let name = line.bytes(at..<end)
    at = end
    try line.take("\"}", &at, or: .value)
    switch String(decoding: name, as: UTF8.self) {
    case "nan": return .nan
    case "inf": return .infinity
    case "-inf": return -.infinity
    default: throw Damage(.value, at: start)
    }
  }
}
