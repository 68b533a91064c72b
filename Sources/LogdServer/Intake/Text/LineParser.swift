// What a line of a text client means: an object of JSON, a syslog message, or a text.
//
// Any bytes whatever become exactly one record; nothing traps, allocates, or takes longer than a few
// passes over the line.

internal import LogdPlatform
internal import LogdWire

enum LineParser {
  /// Fills `record`, which was cleared, with one line, without its end. False: it looks like JSON and
  /// is not; then the whole line is the message.
  static func parse(_ line: RawSpan, into record: TextRecord) -> Bool {
    let start = line.skipBlanks(from: 0)
    guard start < line.byteCount else {
      record.message.append(line)
      return true
    }
    switch line.u8(at: start) {
    case UInt8(ascii: "{"):
      if JSONObjectParser.parse(line, from: start, into: record) { return true }
      record.clear()
      record.message.append(line)
      return false
    case UInt8(ascii: "<"):
      if start == 0, SyslogParser.parse(line, into: record) { return true }
    default: break
    }
    record.message.append(line)
    return true
  }
}

extension RawSpan {
  /// The first index from `start` on that is neither space nor tab, or the end.
  func skipBlanks(from start: Int) -> Int {
    var index = start
    while index < byteCount, u8(at: index) == 0x20 || u8(at: index) == 0x09 { index += 1 }
    return index
  }

  /// The first index from `start` on of that byte.
  @inline(__always)
  func index(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = start
    while index < byteCount {
      if u8(at: index) == byte { return index }
      index &+= 1
    }
    return nil
  }

  /// A decimal number of at most `digits` digits from `index` on, which moves behind it; nil: none.
  func takeNumber(_ index: inout Int, digits: Int) -> Int? {
    var value = 0
    let start = index
    while index < byteCount, index - start < digits, u8(at: index).isDigit {
      value = value * 10 + Int(u8(at: index) - 0x30)
      index += 1
    }
    return index > start ? value : nil
  }

  /// Moves `index` behind that byte, if it is there.
  func take(_ byte: UInt8, _ index: inout Int) -> Bool {
    guard index < byteCount, u8(at: index) == byte else { return false }
    index += 1
    return true
  }

  /// Whether these are the letters of an ASCII text of small ones, small or not.
  func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    for index in 0..<byteCount {
      let byte = u8(at: index)
      let small = byte &- 0x41 < 26 ? byte | 0x20 : byte
      // SAFETY: the index is below the text's count, checked above.
      if unsafe text.utf8Start[index] != small { return false }
    }
    return true
  }
}

extension UInt8 {
  var isDigit: Bool { self &- 0x30 < 10 }
}

extension Severity {
  /// A name, as syslog's and other logging systems have them, or a digit; any case.
  init?(named text: RawSpan) {
    if text.byteCount == 1, text.u8(at: 0).isDigit {
      self.init(rawValue: text.u8(at: 0) - 0x30)
      return
    }
    let names = Self.names
    for index in names.indices where text.equalsIgnoringCase(names[index].0) {
      self = names[index].1
      return
    }
    return nil
  }

  private static var names: InlineArray<17, (StaticString, Severity)> {
    [
      ("info", .info), ("debug", .debug), ("warning", .warning), ("error", .error), ("err", .error),
      ("warn", .warning), ("notice", .notice), ("critical", .critical), ("crit", .critical),
      ("alert", .alert), ("emerg", .emergency), ("emergency", .emergency), ("panic", .emergency),
      ("fatal", .critical), ("trace", .debug), ("information", .info), ("informational", .info),
    ]
  }
}
