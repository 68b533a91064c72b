import LogdArchive
import LogdWire
import Testing

/// The moment of the examples in Format.md, in nanoseconds.
let exampleTime: Int64 = 1_795_228_561_123_456_000

@Suite struct `Text lines` {
  private static let head = "2026-11-21T02:36:01.123456Z info worker[1234]: "

  private func parse(_ text: String) -> ParsedLine {
    TextLineParser().parse(Array(text.utf8).span)
  }

  @Test func `the example of the format is read`() throws {
    let record = try #require(parse(Self.head + "message key=value other=\"two words\"").record)
    #expect(record.time == exampleTime)
    #expect(record.severity == .info)
    #expect(record.ident == "worker")
    #expect(record.pid == 1234)
    #expect(record.uid == nil)
    #expect(record.message == Array("message".utf8))
    #expect(record.value("key") == .string(Array("value".utf8)))
    #expect(record.value("other") == .string(Array("two words".utf8)))
  }

  @Test func `the record of dropped records is read`() throws {
    let line =
      "2026-11-21T02:36:01.123456Z warning logd[77]: records were dropped reason=ring_full"
      + " client=worker client_pid=1234 count=17"
    let record = try #require(parse(line).record)
    #expect(record.message == Array("records were dropped".utf8))
    #expect(record.value("count") == .integer(17))
    #expect(record.value("client_pid") == .integer(1234))
  }

  @Test(arguments: [
    ("a message with spaces and \"quotes\"", "a message with spaces and \"quotes\""),
    ("\"a=b\"", "a=b"), ("\"\"", ""), ("\" x \"", " x "), ("\"\\\"\"", "\""),
    ("line\\nline\\ttab\\\\", "line\nline\ttab\\"), ("\\x1b[2J", "\u{1b}[2J"),
    ("\\xe2\\x80\\xa8", "\u{2028}"), ("größer", "größer"),
  ])
  func `a message means what was logged`(written: String, logged: String) throws {
    let bare = try #require(parse(Self.head + written).record)
    #expect(bare.message == Array(logged.utf8))
    let withField = try #require(parse(Self.head + written + " k=1").record)
    #expect(withField.message == Array(logged.utf8))
    #expect(withField.value("k") == .integer(1))
  }

  @Test(arguments: [
    ("0", FieldValue.integer(0)), ("-9223372036854775808", .integer(.min)),
    ("18446744073709551615", .unsigned(.max)), ("0.1", .double(0.1)), ("1e+16", .double(1e16)),
    ("-0.0", .double(-0.0)), ("nan", .double(.nan)), ("-inf", .double(-.infinity)),
    ("true", .bool(true)), ("\"true\"", .string(Array("true".utf8))),
    ("\"12\"", .string(Array("12".utf8))), ("x12", .string(Array("x12".utf8))),
    ("\"\"", .string([])), ("a,b:c", .string(Array("a,b:c".utf8))),
  ])
  func `a value has a type`(written: String, value: FieldValue) throws {
    let record = try #require(parse(Self.head + "m k=" + written).record)
    #expect(record.value("k") == value)
  }

  @Test func `a client cannot imitate the daemon's word`() throws {
    let record = try #require(parse(Self.head + "m \\x5fcut=true").record)
    #expect(record.fields[0].key == Array("_cut".utf8))
    #expect(record.value("_cut", fromDaemon: true) == nil)
    let real = try #require(parse(Self.head + "m _cut=true").record)
    #expect(real.value("_cut", fromDaemon: true) == .bool(true))
  }

  @Test(arguments: [
    ("", Damage(.time, at: 0)), ("2026-02-30T00:00:00.000000Z info x[1]: m", Damage(.time, at: 0)),
    ("2026-11-21T02:36:60.123456Z info x[1]: m", Damage(.time, at: 0)),
    ("2026-11-21T02:36:01.12345Z info x[1]: m", Damage(.time, at: 0)),
    ("2026-11-21T02:36:01.123456Z loud x[1]: m", Damage(.severity, at: 28)),
    ("2026-11-21T02:36:01.123456Z infos x[1]: m", Damage(.severity, at: 32)),
    ("2026-11-21T02:36:01.123456Z info x y[1]: m", Damage(.ident, at: 34)),
    ("2026-11-21T02:36:01.123456Z info x[01]: m", Damage(.pid, at: 35)),
    ("2026-11-21T02:36:01.123456Z info x[99999999999]: m", Damage(.pid, at: 35)),
    ("2026-11-21T02:36:01.123456Z info x[1] m", Damage(.pid, at: 36)),
  ])
  func `a damaged head is named with its place`(line: String, damage: Damage) {
    #expect(parse(line) == .damaged(damage))
  }

  @Test(arguments: [
    ("", Damage.Reason.quoting), (" m", .quoting), ("m ", .quoting), ("k=v", .quoting),
    ("m  k=v", .quoting), ("\"m", .unclosed), ("\"m\"x", .layout), ("m k=", .value),
    ("m k=v ", .key), ("m k=v w", .key), ("m k=v  l=w", .key), ("m k=a\"b", .quoting),
    ("m k=a=b", .quoting), ("m k=01", .value), ("m k=1x", .layout), ("m k=.5", .value),
    ("m k=+1", .value), ("m k=1e999", .value), ("m k=18446744073709551616", .value),
    ("m k=-9223372036854775809", .value), ("a\\", .escape), ("a\\q", .escape),
    ("a\\x4", .escape), ("a\\x4G", .escape), ("a\\\"", .escape), ("tab\tinside", .raw),
    ("\u{85}", .raw), ("\u{202e}", .raw), ("\u{7f}", .raw), ("m k\"=1", .key),
  ])
  func `a damaged rest is named`(rest: String, reason: Damage.Reason) {
    guard case .damaged(let damage) = parse(Self.head + rest) else {
      Issue.record("taken for a record: \(rest)")
      return
    }
    #expect(damage.reason == reason, "\(rest): \(damage)")
  }

  @Test func `raw bytes that are not UTF-8 are damage`() {
    for bytes: [UInt8] in [[0x80], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff]] {
      let line = Array(Self.head.utf8) + bytes
      let parsed = TextLineParser().parse(line.span)
      #expect(parsed == .damaged(Damage(.raw, at: Self.head.utf8.count)))
    }
  }
}
