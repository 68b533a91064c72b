import Glibc
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdArchive

@Suite struct `Parts of a query` {
  @Test func `a needle is found wherever it is, and nowhere else`() {
    var random = Seeded(seed: 7)
    for round in 0..<4000 {
      let letters = Array("ab\n= ".utf8)
      let hay = (0..<Int.random(in: 0...300, using: &random)).map { _ in
        letters.randomElement(using: &random)!
      }
      let count = Int.random(in: 1...6, using: &random)
      let needle = (0..<count).map { _ in letters.randomElement(using: &random)! }
      let from = Int.random(in: 0...hay.count, using: &random)
      let expected = (from..<max(from, hay.count - count + 1)).first {
        hay[$0..<$0 + count].elementsEqual(needle)
      }
      let found = Needle(needle).firstIndex(in: hay.span, from: from)
      #expect(found == expected, "round \(round)")
    }
  }

  @Test(arguments: [
    ("timeout", "timeout", true), ("a.c", "a", false), ("order=47[12]1", "order=47", false),
    ("^x\\.log$", "x.log", false), ("colou?r", "colo", false), ("a{2}bc", "bc", false),
    ("a|b", "", false), ("(ab)", "", false), ("\\d+ms", "", false), ("abc+d", "abc", false),
    ("[^]]xyz", "xyz", false), ("[]a]uvw", "uvw", false), ("é*x", "x", false),
    ("[[:digit:]]5", "", false), ("(?i)abc", "", false), ("x*", "", false), ("", "", true),
  ])
  func `what a pattern says literally`(pattern: String, literal: String, isAll: Bool) {
    let found = LiteralSearch.longest(in: Array(pattern.utf8))
    #expect(found == (Array(literal.utf8), isAll))
  }

  @Test func `a mistake in a pattern is named`() {
    #expect(throws: Pattern.Mistake.self) { try Pattern("a(b") }
    #expect(throws: Pattern.Mistake.self) { try Pattern("[z-a]") }
  }

  private static let now: Int64 = 1_795_000_000_500_000_000  // 2026-11-18T11:06:40.5Z

  @Test(arguments: [
    ("now", 0), ("10 min ago", -600), ("-1h", -3600), ("1h 30min ago", -5400), ("-2d", -172_800),
    ("1 week ago", -604_800), ("90s ago", -90),
  ])
  func `times before now`(text: String, seconds: Int64) {
    #expect(
      TimePhrase.nanoseconds(text, now: Self.now) == Self.now + seconds * 1_000_000_000)
  }

  @Test(arguments: [
    ("2026-11-18T11:06:40Z", 1_795_000_000_000_000_000),
    ("2026-11-18t12:06:40.25+01:00", 1_795_000_000_250_000_000),
    ("2026-11-18 06:36:40.123456789-04:30", 1_795_000_000_123_456_789),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
  ])
  func `RFC 3339`(text: String, time: Int64) {
    #expect(TimePhrase.nanoseconds(text, now: Self.now) == time)
  }

  @Test(arguments: [
    ("9999-12-31", Int64.max), ("2300-01-01", .max), ("2262-04-11T23:47:16.9Z", .max),
    ("9999-12-31T23:59:59.999999999-23:59", .max), ("0001-01-01", .min), ("0000-01-01 00:00", .min),
    ("1000-01-01T00:00:00Z", .min), ("-999999999w", 0), ("999999999 weeks 999999999h ago", 0),
  ])
  func `times that no record can have`(text: String, time: Int64) {
    #expect(TimePhrase.nanoseconds(text, now: Self.now) == time)
  }

  @Test func `local time, today and yesterday`() {
    let today = TimePhrase.nanoseconds("today", now: Self.now)!
    let calendar = CalendarTime(local: Int(today / 1_000_000_000))!
    #expect((calendar.hour, calendar.minute, calendar.second) == (0, 0, 0))
    #expect(today <= Self.now && Self.now - today < 86_400_000_000_000)
    let date = "\(calendar.year)-\(calendar.month)-\(calendar.day)"
    #expect(TimePhrase.nanoseconds(date, now: Self.now) == today)
    #expect(TimePhrase.nanoseconds("\(date) 00:00", now: Self.now) == today)
    #expect(TimePhrase.nanoseconds("00:00:00", now: Self.now) == today)
    let yesterday = TimePhrase.nanoseconds("yesterday", now: Self.now)!
    #expect((23...25).contains((today - yesterday) / 3_600_000_000_000))
  }

  @Test(arguments: [
    "", "soon", "-", "ago", "10 ago", "2026-13-01", "2026-02-30", "2026-11-18T", "25:00",
    "2026-11-18T11:06:40X", "2026-11-18T11:06:40+25:00", "10 parsecs ago", "2026-11-18T11:06:60Z",
    "-99999999999h", "1e30 min ago", "99999999999999999999s ago", "2026-11-18T11:06:40.Z",
  ])
  func `what is no time`(text: String) {
    #expect(TimePhrase.nanoseconds(text, now: Self.now) == nil)
  }

  @Test(arguments: [1, UInt64.random(in: .min ... .max)])
  func `records are written as the daemon writes them`(seed: UInt64) {
    var records = RandomRecords(seed: seed)
    for _ in 0..<4000 {
      var record = records.record()
      for format in LogFormat.allCases {
        let line = record.line(format)
        if format == .text { record.uid = nil }
        let parsed = format.parse(line.span)
        #expect(parsed == .record(record), "seed \(seed)")
        var heads = LineHeadReader()
        guard let head = heads.head(line.span) else {
          Issue.record("seed \(seed): no head of \(String(decoding: line, as: UTF8.self))")
          return
        }
        #expect(head.time == record.time && head.severity == record.severity)
        let isWhole = FieldWalk.isWhole(line.span, head)
        #expect(isWhole, "\(String(decoding: line, as: UTF8.self))")
        for field in record.fields where !field.isDaemons && field.key.first != 0x5f {
          guard case .string(let value) = field.value,
            let key = String(validating: field.key, as: UTF8.self),
            let text = String(validating: value, as: UTF8.self)
          else { continue }
          let filter = filter { $0.require(key, text) }
          let verdict = try? filter.judge(line.span, head, found: nil)
          #expect(verdict == .match, "seed \(seed)")
        }
      }
    }
  }

  @Test func `the archives of a log are known by their names, oldest first`() throws {
    let directory = try LogDirectory()
    for name in [
      "logd.log", "logd-20261121T024100Z.log", "logd-20261121T024100Z.log.gz",
      "logd-20261121T024100Z-1.log.zst", "logd-20251121T024100Z.log.gz", "logd-2026.log",
      "logd-20261121T024100Z.log.tmp", "other-20261121T024100Z.log", "logd.log.1", "logd-.log",
      "logd-20261121T024100Zx.log", "logd-99991231T235959Z.log",
    ] {
      directory.write([], to: name)
    }
    let chain = LogChain(directory.file("logd.log"))
    #expect(
      try chain.archives().map(\.name) == [
        "logd-20251121T024100Z.log", "logd-20261121T024100Z.log",
        "logd-20261121T024100Z-1.log", "logd-99991231T235959Z.log",
      ])
    #expect(
      try chain.open().map { $0.path.split(separator: "/").last! } == [
        "logd-20251121T024100Z.log.gz", "logd-20261121T024100Z.log",
        "logd-20261121T024100Z-1.log.zst", "logd-99991231T235959Z.log", "logd.log",
      ])
    #expect(try Query(chain.open(), filter { $0.since = .max }).lines().isEmpty)
  }
}
