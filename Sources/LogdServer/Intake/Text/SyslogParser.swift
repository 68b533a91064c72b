// A syslog message: `<PRI>` and then what RFC 5424 says, or what RFC 3164 found to be usual, as
// glibc's syslog(3), logger(1) and Python's SysLogHandler send it.

internal import LogdPlatform
internal import LogdWire

enum SyslogParser {
  /// False: it does not begin with a priority, and is no syslog message.
  static func parse(_ line: RawSpan, into record: TextRecord) -> Bool {
    var at = 1
    guard line.u8(at: 0) == UInt8(ascii: "<"), let priority = line.takeNumber(&at, digits: 3),
      priority <= 191, line.take(UInt8(ascii: ">"), &at)
    else { return false }
    record.severity = Severity(rawValue: UInt8(priority & 7)) ?? .info
    let text = line.extracting(at..<end(of: line, from: at))
    if !parseNew(text, into: record) {
      record.clear()
      record.severity = Severity(rawValue: UInt8(priority & 7)) ?? .info
      parseOld(text, into: record)
    }
    let name = facilities[min(priority >> 3, 23)]
    // SAFETY: a literal lives for ever.
    record.field(
      "facility", unsafe RawSpan(_unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount))
    return true
  }

  /// Line ends and NULs at the end are the sender's way to end a message.
  private static func end(of line: RawSpan, from start: Int) -> Int {
    var end = line.byteCount
    while end > start, [0, 0x0a, 0x0d].contains(line.u8(at: end - 1)) { end -= 1 }
    return end
  }

  private static var facilities: InlineArray<24, StaticString> {
    [
      "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
      "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
      "local5", "local6", "local7",
    ]
  }

  // MARK: RFC 5424

  /// `1 TIME HOST APP PROCID MSGID [ID NAME="VALUE" …]… MESSAGE`. False: it is not that.
  private static func parseNew(_ text: RawSpan, into record: TextRecord) -> Bool {
    var at = 0
    guard text.take(UInt8(ascii: "1"), &at), text.take(0x20, &at),
      let time = word(text, &at), let host = word(text, &at), let app = word(text, &at),
      let process = word(text, &at), let kind = word(text, &at)
    else { return false }
    if !isNil(text, time) {
      guard let claimed = WallTime.parse(text.extracting(time)) else { return false }
      record.claimedTime = claimed
    }
    if !isNil(text, app) { record.ident = Ident(sanitizing: text.extracting(app)) }
    if !isNil(text, host) { record.field("hostname", text.extracting(host)) }
    if !isNil(text, process) { record.field("procid", text.extracting(process)) }
    if !isNil(text, kind) { record.field("msgid", text.extracting(kind)) }
    if text.take(UInt8(ascii: "-"), &at) {
      guard at == text.byteCount || text.u8(at: at) == 0x20 else { return false }
    } else {
      guard takeElements(text, &at, into: record) else { return false }
    }
    _ = text.take(0x20, &at)
    if at + 3 <= text.byteCount, text.u8(at: at) == 0xEF, text.u8(at: at + 1) == 0xBB,
      text.u8(at: at + 2) == 0xBF
    {
      at += 3
    }
    record.message.append(text.extracting(at..<text.byteCount))
    return true
  }

  private static func isNil(_ text: RawSpan, _ word: Range<Int>) -> Bool {
    word.count == 1 && text.u8(at: word.lowerBound) == UInt8(ascii: "-")
  }

  /// Up to the next space, which has to be there and is taken too.
  private static func word(_ text: RawSpan, _ at: inout Int) -> Range<Int>? {
    guard let end = text.index(of: 0x20, from: at), end > at else { return nil }
    defer { at = end + 1 }
    return at..<end
  }

  /// `[ID NAME="VALUE" …]…`: fields `ID.NAME`.
  private static func takeElements(
    _ text: RawSpan, _ at: inout Int, into record: TextRecord
  ) -> Bool {
    guard at < text.byteCount, text.u8(at: at) == UInt8(ascii: "[") else { return false }
    while text.take(UInt8(ascii: "["), &at) {
      let id = name(text, &at)
      if id.isEmpty { return false }
      while text.take(0x20, &at) {
        let parameter = name(text, &at)
        guard !parameter.isEmpty, text.take(UInt8(ascii: "="), &at),
          takeValue(text, &at, of: id, parameter, into: record)
        else { return false }
      }
      guard text.take(UInt8(ascii: "]"), &at) else { return false }
    }
    return at == text.byteCount || text.u8(at: at) == 0x20
  }

  private static func name(_ text: RawSpan, _ at: inout Int) -> Range<Int> {
    let start = at
    while at < text.byteCount, !" =]\"".utf8.contains(text.u8(at: at)), text.u8(at: at) > 0x20 {
      at += 1
    }
    return start..<at
  }

  private static func takeValue(
    _ text: RawSpan, _ at: inout Int, of id: Range<Int>, _ parameter: Range<Int>,
    into record: TextRecord
  ) -> Bool {
    guard text.take(UInt8(ascii: "\""), &at) else { return false }
    let (key, value) = (record.key, record.value)
    key.clear()
    key.append(text.extracting(id))
    key.append(UInt8(ascii: "."))
    key.append(text.extracting(parameter))
    value.clear()
    while at < text.byteCount {
      var byte = text.u8(at: at)
      at += 1
      if byte == UInt8(ascii: "\"") {
        key.withBytes { key in value.withBytes { record.field(key, .string, $0) } }
        return true
      }
      if byte == UInt8(ascii: "\\"), at < text.byteCount, "\"\\]".utf8.contains(text.u8(at: at)) {
        byte = text.u8(at: at)
        at += 1
      }
      value.append(byte)
    }
    return false
  }

  // MARK: RFC 3164

  /// `Mmm dd hh:mm:ss [HOST] IDENT[PID]: MESSAGE`, of which everything but the message may be
  /// missing. The time is left out: it has no year, no zone and no fraction, and ours is better.
  private static func parseOld(_ text: RawSpan, into record: TextRecord) {
    var at = 0
    let hasTime = takeTime(text, &at, into: record)
    if !takeIdent(text, &at, into: record), hasTime {
      var behindHost = at
      if let host = word(text, &behindHost), takeIdent(text, &behindHost, into: record) {
        record.field("hostname", text.extracting(host))
        at = behindHost
      }
    }
    record.message.append(text.extracting(at..<text.byteCount))
  }

  /// `Nov  1 02:03:04 `, or the same in the words of RFC 3339.
  private static func takeTime(
    _ text: RawSpan, _ at: inout Int, into record: TextRecord
  ) -> Bool {
    if text.byteCount >= 16, text.u8(at: 3) == 0x20, text.u8(at: 6) == 0x20,
      text.u8(at: 9) == UInt8(ascii: ":"), text.u8(at: 12) == UInt8(ascii: ":"),
      text.u8(at: 15) == 0x20, text.u8(at: 0) &- 0x41 < 26, text.u8(at: 14).isDigit
    {
      at = 16
      return true
    }
    var end = 0
    guard let time = word(text, &end), time.count >= 19,
      let claimed = WallTime.parse(text.extracting(time))
    else { return false }
    record.claimedTime = claimed
    at = end
    return true
  }

  /// `IDENT:` or `IDENT[PID]:` and a blank, or the end. As journald, anything without blanks is one.
  private static func takeIdent(
    _ text: RawSpan, _ at: inout Int, into record: TextRecord
  ) -> Bool {
    var end = at
    while end < text.byteCount, text.u8(at: end) > 0x20 { end += 1 }
    guard end > at + 1, text.u8(at: end - 1) == UInt8(ascii: ":") else { return false }
    var ident = text.extracting(at..<end - 1)
    if ident.byteCount > 2, ident.u8(at: ident.byteCount - 1) == UInt8(ascii: "]"),
      let bracket = ident.index(of: UInt8(ascii: "[")), bracket > 0
    {
      let pid = ident.extracting(bracket + 1..<ident.byteCount - 1)
      var end = 0
      let number = pid.takeNumber(&end, digits: 9)
      if end < pid.byteCount || number != Int(record.pid) { record.field("syslog_pid", pid) }
      ident = ident.extracting(0..<bracket)
    }
    record.ident = Ident(sanitizing: ident)
    at = end < text.byteCount ? end + 1 : end
    return true
  }
}
