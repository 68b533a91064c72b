import LogdArchive
import LogdWire
import Testing

@Suite struct `JSON lines` {
  private static let head =
    "{\"ts\":\"2026-11-21T02:36:01.123456Z\",\"level\":\"info\",\"ident\":\"worker\""
    + ",\"pid\":1234,\"uid\":1000,\"msg\":"

  private func parse(_ text: String) -> ParsedLine {
    JSONLineParser().parse(Array(text.utf8).span)
  }

  @Test func `the example of the format is read`() throws {
    let record = try #require(parse(Self.head + "\"message\",\"key\":\"value\"}").record)
    #expect(record.time == exampleTime)
    #expect(record.severity == .info)
    #expect(record.ident == "worker")
    #expect(record.pid == 1234)
    #expect(record.uid == 1000)
    #expect(record.message == Array("message".utf8))
    let field = LogField(key: Array("key".utf8), value: .string(Array("value".utf8)))
    #expect(record.fields == [field])
  }

  @Test(arguments: [
    ("\\n\\r\\t\\b\\f\\\\\\\"\\/", Array("\n\r\t\u{8}\u{c}\\\"/".utf8)),
    ("\\u0000\\u007f", [0, 0x7f]), ("\\u2028\\u0085", Array("\u{2028}\u{85}".utf8)),
    ("\\udcff\\udc80", [0xff, 0x80]), ("𐍈é", Array("𐍈é".utf8)),
  ])
  func `an escape means what was logged`(written: String, logged: [UInt8]) throws {
    let record = try #require(parse(Self.head + "\"\(written)\"}").record)
    #expect(record.message == logged)
  }

  @Test func `what general parsers lose is kept`() throws {
    let integers = "\"a\":18446744073709551615,\"a\":-9223372036854775808"
    let rest = "\"\",\(integers),\"f\":{\"float\":\"nan\"}}"
    let record = try #require(parse(Self.head + rest).record)
    #expect(record.fields.map(\.value) == [.unsigned(.max), .integer(.min), .double(.nan)])
    #expect(record.fields[0].key == record.fields[1].key)
  }

  @Test func `the place in a tree is read back as it was logged`() throws {
    let rest = "\"\",\"task_level\":[1,20,3],\"task_level\":\"/1\",\"task_level\":\"/01\"}"
    let record = try #require(parse(Self.head + rest).record)
    let levels = ["/1/20/3", "/1", "/01"].map { FieldValue.string(Array($0.utf8)) }
    #expect(record.fields.map(\.value) == levels)
  }

  @Test func `a prefixed key is the client's own`() throws {
    let rest = "\"\",\"field.ts\":1,\"field._cut\":true,\"_cut\":true,\"field.field.x\":2}"
    let record = try #require(parse(Self.head + rest).record)
    #expect(record.value("ts") == .integer(1))
    #expect(record.value("_cut") == .bool(true))
    #expect(record.value("_cut", fromDaemon: true) == .bool(true))
    #expect(record.value("field.x") == .integer(2))
  }

  @Test(arguments: [
    ("", Damage.Reason.layout), ("\"m\"", .layout), ("\"m\"} ", .layout), ("\"m\"}}", .layout),
    ("\"m", .unclosed), ("\"m\",}", .layout), ("\"m\",\"k\"}", .key), ("\"m\",\"k\":}", .value),
    ("\"m\",\"ts\":1}", .key), ("\"m\",\"\":1}", .key), ("\"m\",\"field.\":1}", .key),
    ("\"m\", \"k\":1}", .layout), ("\"m\",\"k\":01}", .value), ("\"m\",\"k\":1.}", .value),
    ("\"m\",\"k\":nan}", .value), ("\"m\",\"k\":null}", .value), ("\"m\",\"k\":[]}", .value),
    ("\"m\",\"task_level\":[]}", .value),
    ("\"m\",\"task_level\":[1,]}", .value), ("\"m\",\"task_level\":[01]}", .value),
    ("\"m\",\"task_level\":[1", .value), ("\"m\",\"k\":{\"float\":\"1\"}}", .value),
    ("\"\\x41\"}", .escape), ("\"\\ud800\"}", .escape),
    ("\"\\ud83d\\ude00\"}", .escape), ("\"\\udc41\"}", .escape), ("\"\\u12\"}", .escape),
    ("\"\t\"}", .raw), ("\"\u{85}\"}", .raw),
  ])
  func `a damaged rest is named`(rest: String, reason: Damage.Reason) {
    guard case .damaged(let damage) = parse(Self.head + rest) else {
      Issue.record("taken for a record: \(rest)")
      return
    }
    #expect(damage.reason == reason, "\(rest): \(damage)")
  }

  @Test func `a damaged head is named`() {
    #expect(parse("{\"ts\":\"now\"") == .damaged(Damage(.time, at: 7)))
    #expect(parse("{\"level\":\"info\"}") == .damaged(Damage(.layout, at: 0)))
    let noUser = Self.head.split(separator: "1000")[0] + "-1,\"msg\":\"\"}"
    #expect(parse(String(noUser)) == .damaged(Damage(.uid, at: noUser.utf8.count - 12)))
  }
}
