import LogdArchive
import LogdWire
import TestSupport
import Testing

@testable import LogdServer

/// What a line of a text client becomes in the log file.
@Suite struct `A line of a text client` {
  private func text(_ line: String) throws -> String {
    let intake = try TextIntake()
    #expect(intake.add(line))
    intake.file.commit()
    return try #require(try intake.lines().first)
  }

  @Test(arguments: [
    ("plain text", "info lines[42]: plain text"),
    ("", "info lines[42]: \"\""),
    ("  indented", "info lines[42]: \"  indented\""),
    ("a=b", #"info lines[42]: "a=b""#),
    ("<", "info lines[42]: <"),
    ("<13", "info lines[42]: <13"),
    ("<192>x", "info lines[42]: <192>x"),
    ("<html>", "info lines[42]: <html>"),
  ])
  func `is a message as it is`(_ line: String, _ expected: String) throws {
    #expect(try text(line) == expected)
  }

  @Test(arguments: [
    (#"{"msg":"m"}"#, "info lines[42]: m"),
    (#" { "message" : "m" , "level" : "ERROR" } "#, "err lines[42]: m"),
    (#"{"severity":4,"msg":"m"}"#, "warning lines[42]: m"),
    (#"{"priority":"7","msg":"m"}"#, "debug lines[42]: m"),
    (#"{"msg":"m","ident":"a b"}"#, "info a_b[42]: m"),
    (#"{"msg":"m","ident":"logd"}"#, "info logd_[42]: m"),
    (#"{}"#, #"info lines[42]: """#),
    (
      #"{"msg":"m","n":-5,"u":18446744073709551615,"d":1.5e3,"t":true,"f":false}"#,
      "info lines[42]: m n=-5 u=18446744073709551615 d=1500.0 t=true f=false"
    ),
    (#"{"msg":"m","n":-9223372036854775808}"#, "info lines[42]: m n=-9223372036854775808"),
    (
      #"{"msg":"m","n":123456789012345678901234567890}"#,
      #"info lines[42]: m n="123456789012345678901234567890""#
    ),
    (#"{"msg":"m","z":null,"e":1e999}"#, #"info lines[42]: m z=null e="1e999""#),
    (
      #"{"a":{"b":[1,{"c":"}"}]},"msg":"m"}"#,
      #"info lines[42]: m a="{\"b\":[1,{\"c\":\"}\"}]}""#
    ),
    (
      #"{"msg":"tab\tquote\" \u00e9 \ud83d\ude00 \u0000"}"#,
      #"info lines[42]: tab\tquote" é 😀 \x00"#
    ),
    (#"{"msg":"lone \udcff \ud800"}"#, "info lines[42]: lone \\xff \u{FFFD}"),
    (
      #"{"a":NaN,"b":-Infinity,"c":[Infinity],"msg":"m"}"#,
      "info lines[42]: m a=nan b=-inf c=[Infinity]"
    ),
    (#"{"":1,"msg":"m"}"#, #"info lines[42]: m \x5f=1"#),
  ])
  func `in JSON is message and fields`(_ line: String, _ expected: String) throws {
    #expect(try text(line) == expected)
  }

  /// Nothing is lost, and nothing forged: what the daemon vouches for stands in front.
  @Test(arguments: [
    (#"{"msg":"m","pid":1,"uid":0}"#, "info lines[42]: m pid=1 uid=0"),
    (#"{"msg":"a","msg":"b","message":"c"}"#, "info lines[42]: a msg=b message=c"),
    (#"{"level":"err","level":"info","msg":"m"}"#, "err lines[42]: m level=info"),
    (#"{"level":"loud","msg":"m"}"#, "info lines[42]: m level=loud"),
    (#"{"level":8,"msg":"m"}"#, "info lines[42]: m level=8"),
    (
      #"{"level":[1],"ts":"yesterday","ident":5,"msg":"m"}"#,
      "info lines[42]: m level=[1] ts=yesterday ident=5"
    ),
    (#"{"msg":12.50}"#, "info lines[42]: 12.50"),
    (#"{"msg":{"a":1}}"#, #"info lines[42]: {"a":1}"#),
    (#"{"msg":null}"#, "info lines[42]: null"),
    (
      #"{"field.level":"x","field.a":1,"field.":2,"msg":"m"}"#,
      "info lines[42]: m level=x a=1 field.=2"
    ),
    (#"{"_cut":true,"msg":"m"}"#, #"info lines[42]: m \x5fcut=true"#),
  ])
  func `with names twice or of the wrong type loses nothing`(
    _ line: String, _ expected: String
  ) throws {
    #expect(try text(line) == expected)
  }

  @Test func `cannot forge what the daemon says, in JSON`() throws {
    let intake = try TextIntake()
    #expect(intake.add(#"{"msg":"m","pid":1,"uid":0,"ts":"x","level":9,"field.a":2}"#))
    intake.file.commit()
    #expect(
      try intake.lines(.json)
        == [
          #""level":"info","ident":"lines","pid":42,"uid":7,"msg":"m","field.pid":1,"field.uid":0,"#
            + #""field.ts":"x","field.level":9,"a":2}"#
        ].map { String($0.dropFirst(1)) })
  }

  @Test(arguments: [
    "{", "{}x", "{\"msg\"}", "{\"msg\":}", "{\"msg\":\"a\",}", "{\"msg\":\"a}", "{msg:1}",
    "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}",
    "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\0\"}", "{'a':1}",
    "{\"msg\":\"a\"}{\"msg\":\"b\"}",
    "{\"a\":" + String(repeating: "[", count: 33) + String(repeating: "]", count: 33) + "}",
    "{\"a\":" + String(repeating: "[", count: 10_000),
  ])
  func `that looks like JSON and is not is kept as a message`(_ line: String) throws {
    let intake = try TextIntake()
    #expect(!intake.add(line))
    intake.file.commit()
    let record = try #require(intake.records().first)
    #expect(LogFormat.text.parse(record.span).record?.message == Array(line.utf8))
  }

  @Test func `may have values 32 deep`() throws {
    let nested = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
    #expect(try text("{\"a\":\(nested)}") == "info lines[42]: \"\" a=\(nested)")
  }

  @Test(arguments: [
    // syslog(3), logger(1)
    ("<11>Nov 21 02:03:04 app[42]: message", "err app[42]: message facility=user"),
    ("<11>Nov  1 02:03:04 app[1]: message", #"err app[42]: message syslog_pid="1" facility=user"#),
    ("<159>Nov  1 02:03:04 app: m", "debug app[42]: m facility=local3"),
    ("<14>Nov  1 02:03:04 host app: m", "info app[42]: m hostname=host facility=user"),
    ("<14>2026-11-21T02:03:04Z app: m", "info app[42]: m facility=user"),
    // Python's SysLogHandler
    ("<28>py: message\0", "warning py[42]: message facility=daemon"),
    ("<28>no ident at all\0", "warning lines[42]: no ident at all facility=daemon"),
    ("<0>", "emerg lines[42]: \"\" facility=kern"),
    ("<191>x:", "debug x[42]: \"\" facility=local7"),
    ("<13>a b: c", "notice lines[42]: a b: c facility=user"),
    ("<13>: x", "notice lines[42]: : x facility=user"),
    ("<13>app[]: x", "notice app[42]: x syslog_pid=\"\" facility=user"),
  ])
  func `of syslog is understood as the old ones`(_ line: String, _ expected: String) throws {
    #expect(try text(line) == expected)
  }

  @Test(arguments: [
    (
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
        + #"[exampleSDID@32473 iut="3" eventSource="App\]li\"c\\ation"][b c="d"] "#
        + "\u{FEFF}An event",
      "notice evntslog[42]: An event hostname=mymachine.example.com msgid=ID47 "
        + #"exampleSDID@32473.iut="3" exampleSDID@32473.eventSource="App]li\"c\\ation" b.c=d "#
        + "facility=local4"
    ),
    ("<34>1 - - su - - - 'su root' failed", "crit su[42]: 'su root' failed facility=auth"),
    ("<34>1 - - - - - -", "crit lines[42]: \"\" facility=auth"),
    (
      "<34>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's",
      #"crit myproc[42]: %% It's hostname="192.0.2.1" procid="8710" facility=auth"#
    ),
    // Not quite RFC 5424: the whole is the message.
    ("<34>1 yesterday - su - - - m", "crit lines[42]: 1 yesterday - su - - - m facility=auth"),
    ("<34>1 - - su - - [x y", "crit lines[42]: 1 - - su - - [x y facility=auth"),
    ("<34>1 - - su - -", "crit lines[42]: 1 - - su - - facility=auth"),
  ])
  func `of syslog is understood as RFC 5424`(_ line: String, _ expected: String) throws {
    #expect(try text(line) == expected)
  }

  @Test func `says what time it was`() throws {
    let second: Int64 = 1_795_228_561_000_000_000
    for (claimed, time) in [
      ("\"2026-11-21T02:36:01Z\"", second),
      ("\"2026-11-21T03:36:01.5+01:00\"", second + 500_000_000),
      ("\"2026-11-20 22:36:01.250000001234-0400\"", second + 250_000_001),
      ("1795228561", second), ("1795228561.5", second + 500_000_000),
      ("1795228561250", second + 250_000_000), ("\"1970-01-01T00:00:00Z\"", 0),
      ("\"2000-02-29T00:00:00Z\"", 951_782_400_000_000_000),
    ] {
      let record = try TextRecord(FrameLimits(recordBytes: 4096, fields: 8))
      let line = Array("{\"ts\":\(claimed)}".utf8)
      #expect(LineParser.parse(unsafe line.span.bytes, into: record))
      #expect(record.claimedTime == time, "\(claimed)")
    }
  }

  @Test func `that is too large for a record is cut at a character, and marked`() throws {
    let intake = try TextIntake(recordBytes: 256, fields: 2)
    intake.add(Array(String(repeating: "é", count: 300).utf8))
    intake.add(Array(#"{"msg":"m","a":1,"b":2,"c":3}"#.utf8))
    intake.add(
      Array("{\"msg\":\"m\",\"a\":\"\(String(repeating: "x", count: 300))\",\"b\":2}".utf8))
    intake.file.commit()
    let records = try intake.records().compactMap { LogFormat.text.parse($0.span).record }
    #expect(records.count == 3)
    #expect(records.allSatisfy { $0.fields.last?.isDaemons == true })
    #expect(records[0].message.count == 210)
    #expect(String(validating: records[0].message, as: UTF8.self) != nil)
    #expect(
      records[1].fields.map { String(decoding: $0.key, as: UTF8.self) } == ["a", "b", "_cut"])
    #expect(records[2].fields.map { String(decoding: $0.key, as: UTF8.self) } == ["b", "_cut"])
  }

  /// Any bytes become one line that reads back; those of no known form keep every byte.
  @Test(arguments: [1, 0x5eed, UInt64.random(in: .min ... .max)])
  func `of any bytes is one record`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = Seeded(seed: seed)
    let intake = try TextIntake()
    let pieces =
      [
        "{", "}", "\"", ":", ",", "msg", "level", "ts", "ident", "\\u", "\\", "dc80", "[", "]",
        "<13>",
        "1 ", "- ", "null", "true", "-1", "1e5", "0", "\0", "\r", " ", "é", "[a b=\"c\"]",
        "app[1]: ",
        "2026-11-21T02:36:01Z ", "Nov 21 02:03:04 ",
      ].map { Array($0.utf8) } + (0...255).map { [UInt8($0)] }
    for _ in 0..<5_000 {
      let start: [UInt8] = [Array("{\"".utf8), Array("<13>".utf8), []].randomElement(
        using: &random)!
      let line =
        start
        + (0..<Int.random(in: 0...30, using: &random)).flatMap { _ in
          pieces.randomElement(using: &random)!
        }
      let clean = line.filter { $0 != 10 }
      intake.add(clean)
      intake.file.commit()
      let records = try intake.records(.json)
      #expect(records.count == 1)
      guard let first = records.first, LogFormat.json.parse(first.span).record != nil else {
        Issue.record("seed \(seed): \(String(decoding: clean, as: UTF8.self))")
        return
      }
      intake.drain()
    }
  }
}
