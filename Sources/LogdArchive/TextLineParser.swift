/// Reads lines of the format `text`, see <doc:Format>.
///
/// Strict: it takes what the daemon writes and calls everything else damaged, so that a torn or
/// altered line is noticed. For any bytes whatever it answers; it never traps.
public struct TextLineParser: Sendable {
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
    let time = try line.takeTime(&at)
    try line.take(" ", &at, or: .layout)
    let severity = try line.takeSeverity(&at)
    try line.take(" ", &at, or: .severity)
    let ident = try line.takeIdent(&at)
    try line.take("[", &at, or: .ident)
    let pid = try line.takePID(&at)
    try line.take("]: ", &at, or: .pid)
    let message = try takeMessage(line, &at)
    let fields = try takeFields(line, &at)
    return LogRecord(
      time: time, severity: severity, ident: ident, pid: pid, message: message, fields: fields)
  }

  private func takeMessage(_ line: Line, _ at: inout Int) throws(Damage) -> [UInt8] {
    if at < line.count, line[at] == .quote { return try line.takeQuoted(&at) }
    let end = try endOfBareMessage(line, at)
    guard end > at, line[at] != .space, line[end - 1] != .space else {
      throw Damage(.quoting, at: at)
    }
    return try line.takeBare(&at, to: end)
  }

  /// Where a bare message ends: at the space before the key of the first field.
  private func endOfBareMessage(_ line: Line, _ start: Int) throws(Damage) -> Int {
    guard let equals = line.firstIndex(of: .equals, from: start) else { return line.count }
    var end = equals
    while end > start, line[end] != .space { end -= 1 }
    guard end > start else { throw Damage(.quoting, at: start) }
    return end
  }

  private func takeFields(_ line: Line, _ at: inout Int) throws(Damage) -> [LogField] {
    var fields: [LogField] = []
    while at < line.count {
      try line.take(" ", &at, or: .layout)
      fields.append(try takeField(line, &at))
    }
    return fields
  }

  private func takeField(_ line: Line, _ at: inout Int) throws(Damage) -> LogField {
    let start = at
    guard let equals = line.firstIndex(of: .equals, from: at), equals > at else {
      throw Damage(.key, at: at)
    }
    for index in at..<equals where line[index] == .space || line[index] == .quote {
      throw Damage(.key, at: index)
    }
    let key = try line.takeBare(&at, to: equals)
    at += 1
    let value = try takeValue(line, &at)
    return LogField(key: key, value: value, isDaemons: line[start] == UInt8(ascii: "_"))
  }

  private func takeValue(_ line: Line, _ at: inout Int) throws(Damage) -> FieldValue {
    guard at < line.count else { throw Damage(.value, at: at) }
    if line[at] == .quote { return .string(try line.takeQuoted(&at)) }
    let end = line.firstIndex(of: .space, from: at) ?? line.count
    if let word = word(line, at..<end) {
      at = end
      return word
    }
    switch line[at] {
    case 0x30...0x39, UInt8(ascii: "-"):
      return try line.takeNumber(&at)
    case UInt8(ascii: "+"), UInt8(ascii: "."), .space:
      throw Damage(.value, at: at)
    default:
      for index in at..<end where line[index] == .quote || line[index] == .equals {
        throw Damage(.quoting, at: index)
      }
      return .string(try line.takeBare(&at, to: end))
    }
  }

  /// The values that are words; as strings they are quoted.
  private func word(_ line: Line, _ range: Range<Int>) -> FieldValue? {
    guard range.count <= 5 else { return nil }
    func isWord(_ text: StaticString) -> Bool {
      range.count == text.utf8CodeUnitCount && line.starts(with: text, at: range.lowerBound)
    }
    if isWord("true") { return .bool(true) }
    if isWord("false") { return .bool(false) }
    if isWord("nan") { return .double(.nan) }
    if isWord("inf") { return .double(.infinity) }
    if isWord("-inf") { return .double(-.infinity) }
    return nil
  }
}
