internal import LogdWire

/// What stands in front of the message of a line, found without copying anything.
struct LineHead {
  let format: LogFormat
  let time: Int64
  let severity: Severity
  let ident: Range<Int>
  let pid: Int32
  /// Where the message begins.
  let body: Int
}

/// Reads the heads of successive lines: times that share a second are worked out once.
struct LineHeadReader: Sendable {
  private var times = TimestampReader()

  init() {}

  /// The time of a line of either format, and nothing else of it.
  mutating func time(_ line: Span<UInt8>) -> Int64? {
    times.time(in: line, at: LogFormat.of(line) == .json ? Self.jsonTime : 0)
  }

  /// Nil of a line that is no record.
  mutating func head(_ line: Span<UInt8>) -> LineHead? {
    do throws(Damage) {
      return LogFormat.of(line) == .json ? try jsonHead(line) : try textHead(line)
    } catch {
      return nil  // where it stops being one matters to nobody here
    }
  }

  private static let jsonTime = 7  // behind {"ts":"

  private mutating func textHead(_ line: Span<UInt8>) throws(Damage) -> LineHead {
    guard let time = times.time(in: line, at: 0) else { throw Damage(.time, at: 0) }
    var at = Timestamp.bytes
    try line.take(" ", &at, or: .layout)
    let severity = try line.takeSeverityWord(&at)
    try line.take(" ", &at, or: .severity)
    let ident = try line.skipIdent(&at)
    try line.take("[", &at, or: .ident)
    let pid = try line.takePID(&at)
    try line.take("]: ", &at, or: .pid)
    return LineHead(
      format: .text, time: time, severity: severity, ident: ident, pid: pid, body: at)
  }

  private mutating func jsonHead(_ line: Span<UInt8>) throws(Damage) -> LineHead {
    var at = 0
    try line.take("{\"ts\":\"", &at, or: .layout)
    guard let time = times.time(in: line, at: at) else { throw Damage(.time, at: at) }
    at += Timestamp.bytes
    try line.take("\",\"level\":\"", &at, or: .layout)
    let severity = try line.takeSeverityWord(&at)
    try line.take("\",\"ident\":\"", &at, or: .severity)
    let ident = try line.skipIdent(&at)
    try line.take("\",\"pid\":", &at, or: .ident)
    let pid = try line.takePID(&at)
    if line.starts(with: ",\"uid\":", at: at) {
      at += 7
      _ = try line.takeDecimal(&at, most: UInt64(UInt32.max), or: .uid)
    }
    try line.take(",\"msg\":", &at, or: .uid)
    return LineHead(
      format: .json, time: time, severity: severity, ident: ident, pid: pid, body: at)
  }
}

extension Span<UInt8> {
  /// Takes the name of a severity; the first byte and the length of the word say which it may be.
  fileprivate func takeSeverityWord(_ at: inout Int) throws(Damage) -> Severity {
    guard at + 1 < count else { throw Damage(.severity, at: at) }
    let severity: Severity
    switch (self[at], self[at + 1]) {
    case (UInt8(ascii: "i"), _): severity = .info
    case (UInt8(ascii: "d"), _): severity = .debug
    case (UInt8(ascii: "n"), _): severity = .notice
    case (UInt8(ascii: "w"), _): severity = .warning
    case (UInt8(ascii: "e"), UInt8(ascii: "r")): severity = .error
    case (UInt8(ascii: "c"), _): severity = .critical
    case (UInt8(ascii: "a"), _): severity = .alert
    default: severity = .emergency
    }
    try take(severity.name, &at, or: .severity)
    return severity
  }

  /// Goes over 1…64 characters of those an ident is made of.
  fileprivate func skipIdent(_ at: inout Int) throws(Damage) -> Range<Int> {
    let start = at
    while at < count, self[at].isIdent { at += 1 }
    guard at > start, at - start <= Layout.identBytesMax else { throw Damage(.ident, at: start) }
    return start..<at
  }
}
