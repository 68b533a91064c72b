public import LogdWire

/// Which records are asked for: those that meet every condition.
public struct RecordFilter {
  /// Nanoseconds since 1970, both included.
  public var since = Int64.min
  public var until = Int64.max
  /// This severe at least.
  public var severity = Severity.debug
  public var ident: String?
  public var pid: Int32?
  /// Values of one key are alternatives.
  public private(set) var fields: [FieldCondition] = []
  /// What the line must match as it stands in the file.
  public var pattern: Pattern?
  /// Lines that are no records are wanted, too, beside the one before them; for filters that say
  /// nothing else.
  public var keepsDamaged = false

  public init() {}

  /// Adds a field that must be there with this value.
  public mutating func require(_ key: String, _ value: String) {
    if let index = fields.firstIndex(where: { $0.key == key }) {
      fields[index].add(value)
    } else {
      fields.append(FieldCondition(key, value))
    }
  }

  /// Whether every record meets it, whatever it says.
  public var isEmpty: Bool {
    since == .min && until == .max && severity == .debug && ident == nil && pid == nil
      && fields.isEmpty && pattern == nil
  }

  /// What every line that meets it holds in either format: the rarest such bytes, and the field
  /// whose key they are; nil when they are so frequent that to look for them gains nothing.
  var needle: (Needle, keyOf: FieldCondition?)? {
    var texts: [(bytes: [UInt8], field: FieldCondition?)] = []
    for field in fields {
      if let key = field.plainKey { texts.append((key, field)) }
      if let value = field.plainValue { texts.append((value, nil)) }
    }
    if let ident { texts.append((Array(ident.utf8), nil)) }
    if let pid { texts.append((Array("\(pid)".utf8), nil)) }
    if let pattern { texts.append((pattern.literal, nil)) }
    let best = texts.filter { !$0.bytes.isEmpty && !$0.bytes.contains(0x0a) }
      .map { (Needle($0.bytes), keyOf: $0.field) }
      .max { $0.0.worth < $1.0.worth }
    return best.flatMap { $0.0.worth < 12 ? nil : $0 }
  }

  enum Verdict { case match, other, damaged }

  /// Judges one line, without its newline, in which the needle has been found.
  func judge(
    _ line: Span<UInt8>, _ head: LineHead, found needle: Needle?
  ) throws(Pattern.Mistake) -> Verdict {
    guard head.time >= since, head.time <= until, head.severity <= severity,
      pid == nil || head.pid == pid
    else { return .other }
    if let ident, !line.extracting(head.ident).isEqual(to: ident) { return .other }
    if let pattern, !(pattern.isLiteral && pattern.literal == needle?.bytes) {
      if try !pattern.matches(line) { return .other }
    }
    if !fields.isEmpty {
      do {
        if try !hasFields(line, head) { return .other }
      } catch {
        return .damaged
      }
    }
    return FieldWalk.isWhole(line, head) ? .match : .damaged
  }

  private func hasFields(_ line: Span<UInt8>, _ head: LineHead) throws(Damage) -> Bool {
    for condition in fields {
      var walk = try FieldWalk(line, head)
      var isMet = false
      while !isMet, let field = try walk.next(line) {
        isMet = condition.isMet(by: field, line, head.format)
      }
      if !isMet { return false }
    }
    return true
  }
}

/// A field that a record must have, as `--field KEY=VALUE` says it: a value matches however it was
/// logged, `7` as a number and as a string.
public struct FieldCondition {
  let key: String
  private let textKey: [UInt8]
  private let jsonKey: [UInt8]
  private var values: [(text: [UInt8], bare: [UInt8], json: [UInt8])] = []

  init(_ key: String, _ value: String) {
    self.key = key
    let bytes = Array(key.utf8)
    // A key that begins with _ is the daemon's own.
    let isDaemons = bytes.first == UInt8(ascii: "_")
    textKey = EscapedText.textKey(bytes, isDaemons: isDaemons)
    jsonKey = EscapedText.jsonKey(bytes, isDaemons: isDaemons)
    add(value)
  }

  mutating func add(_ value: String) {
    let bytes = Array(value.utf8)
    values.append(
      (
        EscapedText.text(bytes, quoted: true), EscapedText.text(bytes, quoted: false),
        key.utf8.elementsEqual(TaskLevel.key)
          ? TaskLevel.list(bytes) ?? EscapedText.json(bytes) : EscapedText.json(bytes)
      ))
  }

  /// The key when both formats write it alike.
  var plainKey: [UInt8]? { jsonKey == textKey ? textKey : nil }

  /// The value when there is one only, and both formats write it alike.
  var plainValue: [UInt8]? {
    values.count == 1 && values[0].text == values[0].json ? values[0].text : nil
  }

  /// Whether the key at `place` may be that of a field with the value: a quick look, before the
  /// line is taken apart.
  @inline(__always)
  func isLikely(_ lines: Span<UInt8>, _ place: Int) -> Bool {
    let end = place + textKey.count
    guard place > 0, end + 2 < lines.count else { return place > 0 }
    var at: Int
    if lines[place - 1] == .space, lines[end] == .equals {
      at = end + 1
    } else if lines[place - 1] == .quote, lines[end] == .quote {
      at = end + 2
    } else {
      return false
    }
    if lines[at] == UInt8(ascii: "{") { return true }
    if lines[at] == .quote { at += 1 }
    for each in values {
      if lines.starts(with: each.text.span, at: at) || lines.starts(with: each.bare.span, at: at) {
        return true
      }
      if lines.starts(with: each.json.span, at: at) { return true }
    }
    return false
  }

  func isMet(by field: FieldWalk.Field, _ line: Span<UInt8>, _ format: LogFormat) -> Bool {
    guard line.extracting(field.key).isEqual(to: format == .json ? jsonKey : textKey) else {
      return false
    }
    let value = line.extracting(field.value)
    return values.contains { each in
      format == .json
        ? value.isEqual(to: each.json)
        : value.isEqual(to: each.text) || value.isEqual(to: each.bare)
    }
  }
}

extension Span<UInt8> {
  func isEqual(to bytes: [UInt8]) -> Bool {
    count == bytes.count && starts(with: bytes.span, at: 0)
  }

  func isEqual(to text: String) -> Bool {
    count == text.utf8.count && isEqual(to: Array(text.utf8))
  }
}
