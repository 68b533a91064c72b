import Glibc
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdArchive

@Suite struct `Finding records` {
  private let directory: LogDirectory

  init() throws { directory = try LogDirectory() }

  private static let second: Int64 = 1_000_000_000
  private static let start: Int64 = 1_790_000_000 * second

  private static func record(_ number: Int, at time: Int64? = nil) -> LogRecord {
    LogRecord(
      time: time ?? start + Int64(number) * second,
      severity: Severity.allCases[number % 8], ident: "worker-\(number % 3)",
      pid: Int32(1000 + number % 5), message: Array("message \(number)".utf8),
      fields: [
        LogField(key: Array("number".utf8), value: .integer(Int64(number))),
        LogField(key: Array("name".utf8), value: .string(Array("n \(number % 4)".utf8))),
      ])
  }

  private func numbers(_ query: Query) throws -> [Int] {
    try query.lines().map { line in
      let record = try #require(LogFormat.of(line.span).parse(line.span).record)
      guard case .integer(let number)? = record.value("number") else { return -1 }
      return Int(number)
    }
  }

  /// Records in time order, now and then up to a second late, of both formats and all kinds of
  /// files, also overlapping; damaged lines between. Found must be what the plainest filter finds.
  @Test(arguments: [1, 2, UInt64.random(in: .min ... .max)])
  func `finds what a plain filter finds`(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    var all: [LogRecord] = []
    var files: [String] = []
    var damaged = 0
    for (index, name) in ["a.log", "b.log.gz", "c.log.zst", "d.log"].enumerated() {
      var bytes: [UInt8] = []
      for number in 0..<800 {
        let base = Int64(index * 400 + number) * Self.second / 2
        let late = Bool.random(using: &random) ? 0 : Int64.random(in: 0..<Self.second / 1000) * 1000
        let record = Self.record(
          index * 10_000 + number, at: Self.start + max(0, base - late) / 1000 * 1000)
        all.append(record)
        bytes += record.line(number % 7 == 0 ? .json : .text) + [0x0a]
        if number % 200 == 150 {
          damaged += 1
          bytes += [UInt8](repeating: 0, count: number * 10) + [0x0a]
        }
      }
      files.append(directory.write(bytes, to: name))
    }
    for (name, condition, filter) in try Self.conditions(&random) {
      for isReversed in [false, true] {
        let query = try Query(files.map { try LogFile($0) }, filter, isReversed: isReversed)
        let found = try numbers(query)
        let expected = all.filter(condition).map { record -> Int in
          guard case .integer(let number)? = record.value("number") else { return -1 }
          return Int(number)
        }
        #expect(found.sorted() == expected.sorted(), "seed \(seed), \(name), \(isReversed)")
        if filter.isEmpty { #expect(query.damagedLines == damaged) }
        try expectOrder(query, files, filter, isReversed)
      }
    }
  }

  /// Over all files no line is earlier than one before it by more than the files are out of order.
  private func expectOrder(
    _ query: Query, _ files: [String], _ filter: RecordFilter, _ isReversed: Bool
  ) throws {
    var latest: Int64?
    try Query(files.map { try LogFile($0) }, filter, isReversed: isReversed).run { _, time in
      let time = isReversed ? -time : time
      if let latest { #expect(time > latest - 2 * Self.second) }
      latest = max(latest ?? time, time)
      return true
    }
  }

  private static func conditions(
    _ random: inout Seeded
  ) throws -> [(String, (LogRecord) -> Bool, RecordFilter)] {
    let since = start + Int64.random(in: 0..<1000, using: &random) * second
    let until = since + Int64.random(in: 0..<300, using: &random) * second
    let number = Int.random(in: 0..<800, using: &random)
    let message = Array("message \(number)".utf8)
    return [
      ("all", { _ in true }, RecordFilter()),
      ("since", { $0.time >= since }, filter { $0.since = since }),
      (
        "between", { $0.time >= since && $0.time <= until },
        filter { ($0.since, $0.until) = (since, until) }
      ),
      ("until", { $0.time <= until }, filter { $0.until = until }),
      ("level", { $0.severity <= .error }, filter { $0.severity = .error }),
      ("ident", { $0.ident == "worker-1" }, filter { $0.ident = "worker-1" }),
      ("pid", { $0.pid == 1003 }, filter { $0.pid = 1003 }),
      (
        "number", { $0.value("number") == .integer(Int64(number)) },
        filter { $0.require("number", "\(number)") }
      ),
      (
        "name", { $0.value("name") == .string(Array("n 2".utf8)) && $0.time >= since },
        filter {
          $0.require("name", "n 2")
          $0.since = since
        }
      ),
      (
        "either name",
        { ["n 2", "n 3"].map { .string(Array($0.utf8)) }.contains($0.value("name")) },
        filter {
          $0.require("name", "n 2")
          $0.require("name", "n 3")
        }
      ),
      (
        "literal", { contains($0, message) },
        try filter { $0.pattern = try Pattern("message \(number)") }
      ),
      (
        "pattern", { $0.message.last == UInt8(ascii: "7") && $0.ident == "worker-2" },
        try filter { $0.pattern = try Pattern("worker-2.*message \\d*7[ \"]") }
      ),
    ]
  }

  private static func contains(_ record: LogRecord, _ part: [UInt8]) -> Bool {
    record.message.starts(with: part)
  }

  @Test(arguments: LogFormat.allCases)
  func `the place in a tree of actions is found as it was logged`(format: LogFormat) throws {
    let records = ["/1", "/1/2", "/1/2/3"].enumerated().map { index, level in
      LogRecord(
        time: Self.start + Int64(index) * 1000, severity: .info, ident: "x", pid: 1, message: [],
        fields: [
          LogField(key: Array("task_level".utf8), value: .string(Array(level.utf8))),
          LogField(key: Array("k".utf8), value: .integer(1)),
        ])
    }
    let file = directory.write(LogDirectory.lines(records, format), to: "\(format).log")
    for (conditions, expected) in [
      ([("task_level", "/1/2")], [1]), ([("k", "1")], [0, 1, 2]), ([("task_level", "/1/")], []),
    ] {
      let query = try Query(
        [LogFile(file)], filter { $0.require(conditions[0].0, conditions[0].1) })
      let lines = try query.lines()
      #expect(lines == expected.map { records[$0].line(format) }, "\(conditions)")
      #expect(query.damagedLines == 0)
    }
  }

  @Test func `fields of every type match by what is written, and only as fields`() throws {
    let values: [FieldValue] = [
      .integer(7), .string([0x37]), .double(7.5), .bool(true), .string(Array("a=b \"c\"".utf8)),
      .double(.nan), .string(Array("é\n\u{1b}".utf8)),
    ]
    var records = values.enumerated().map { index, value in
      LogRecord(
        time: Self.start + Int64(index) * 1000, severity: .info, ident: "x", pid: 1,
        message: Array("m".utf8), fields: [LogField(key: Array("k".utf8), value: value)])
    }
    // The same bytes in a message and in another value are no field.
    records.append(records[0])
    records[7].message = Array(" k=7 k=\"7\" ,\"k\":7 ".utf8)
    records[7].fields = [LogField(key: Array("l".utf8), value: .string(Array(" k=7 ".utf8)))]
    for format in LogFormat.allCases {
      let file = directory.write(LogDirectory.lines(records, format), to: "\(format).log")
      for (value, expected) in [
        ("7", [0, 1]), ("7.5", [2]), ("true", [3]), ("a=b \"c\"", [4]), ("nan", [5]),
        ("é\n\u{1b}", [6]), ("8", []),
      ] {
        let query = try Query([LogFile(file)], filter { $0.require("k", value) })
        let lines = try query.lines()
        #expect(lines == expected.map { records[$0].line(format) }, "\(format) \(value)")
        #expect(query.damagedLines == 0)
      }
    }
  }

  @Test(arguments: ["a.log.gz", "a.log.zst"])
  func `a file that is cut off gives what is readable`(name: String) throws {
    let records = (0..<20_000).map { Self.record($0) }
    let file = directory.write(LogDirectory.lines(records, .text), to: name)
    let size = Int64(try LogFile(file).status.bytes)
    let cut = unsafe truncate(file, off_t(size / 2))
    #expect(cut == 0)
    let query = try Query([LogFile(file)], RecordFilter())
    let found = try numbers(query)
    #expect(found.count > 1000 && found == Array(0..<found.count))
    #expect(query.troubles.map(\.text) == ["is cut off"])
    let backward = try Query([LogFile(file)], RecordFilter(), isReversed: true)
    #expect(try numbers(backward) == found.reversed())
    #expect(backward.troubles.map(\.text) == ["is cut off"])
  }

  @Test(arguments: ["a.log.gz", "a.log.zst"])
  func `a compressed file with an altered byte is said to be damaged`(name: String) throws {
    let records = (0..<20_000).map { Self.record($0) }
    let file = directory.write(LogDirectory.lines(records, .text), to: name)
    let size = Int64(try LogFile(file).status.bytes)
    let place = "bs=1 seek=\(size / 2) conv=notrunc status=none"
    directory.shell("printf '\\377\\377\\377' | dd of=\(file) \(place)")
    let query = try Query([LogFile(file)], RecordFilter())
    _ = try query.lines()
    #expect(query.troubles.map(\.text) == ["is damaged"])
  }

  @Test func `several members and frames are one log`() throws {
    let records = (0..<10).map { Self.record($0) }
    for ending in ["gz", "zst"] {
      directory.write(LogDirectory.lines(Array(records[..<5]), .text), to: "1.\(ending)")
      directory.write(LogDirectory.lines(Array(records[5...]), .text), to: "2.\(ending)")
      directory.shell("cd \(directory.path) && cat 1.\(ending) 2.\(ending) > 3.\(ending)")
      let query = try Query([LogFile(directory.file("3.\(ending)"))], RecordFilter())
      #expect(try numbers(query) == Array(0..<10))
      #expect(query.troubles.isEmpty)
    }
  }

  @Test func `the unfinished line of the live file is left out, that of another is damaged`() throws
  {
    let record = Self.record(1).line(.text)
    let file = directory.write(record + [0x0a] + record, to: "a.log")
    for isReversed in [false, true] {
      let live = try Query([LogFile(file, isLive: true)], RecordFilter(), isReversed: isReversed)
      #expect(try live.lines() == [record])
      #expect(live.damagedLines == 0)
      let closed = try Query([LogFile(file)], RecordFilter(), isReversed: isReversed)
      #expect(try closed.lines() == [record])
      #expect(closed.damagedLines == 1)
    }
  }

  @Test func `a line without an end is stepped over with bounded memory`() throws {
    let record = Self.record(1).line(.text) + [0x0a]
    let file = directory.write(record, to: "a.log")
    directory.shell("head -c 60000000 /dev/zero >> \(file); echo >> \(file)")
    directory.shell("cat \(directory.write(record, to: "b.log")) >> \(file)")
    for isReversed in [false, true] {
      let query = try Query([LogFile(file)], RecordFilter(), isReversed: isReversed)
      #expect(try query.lines() == [record, record].map { $0.dropLast() })
      #expect(query.damagedLines == 1)
    }
  }

  @Test func `equal times come in the order of the files`() throws {
    let names = ["a.log", "b.log.gz", "c.log"]
    for (index, name) in names.enumerated() {
      let records = [0, 1].map { Self.record(index * 2 + $0, at: Self.start) }
      directory.write(LogDirectory.lines(records, .text), to: name)
    }
    let files = try names.map { try LogFile(directory.file($0)) }
    #expect(try numbers(Query(files, RecordFilter())) == [0, 1, 2, 3, 4, 5])
    #expect(try numbers(Query(files, RecordFilter(), isReversed: true)) == [5, 4, 3, 2, 1, 0])
  }

  /// The first and the last second that a line can have.
  @Test(arguments: [false, true])
  func `any bounds find what is between them`(isReversed: Bool) throws {
    let times = [-9_223_372_036_000_000_000, Self.start, 9_223_372_035_000_000_000]
    let records = times.map { Self.record(1, at: $0).line(.text) }
    let file = directory.write(records.flatMap { $0 + [0x0a] }, to: "a.log")
    let edges = [Int64.min, .min + 1, times[0], Self.start, times[2], .max - 1, .max]
    for since in edges {
      for until in edges {
        let range = filter { ($0.since, $0.until) = (since, until) }
        let query = try Query([LogFile(file)], range, isReversed: isReversed)
        let found = zip(times, records).filter { $0.0 >= since && $0.0 <= until }.map(\.1)
        #expect(try query.lines() == (isReversed ? found.reversed() : found))
      }
    }
  }

  @Test(arguments: ["a.log.gz", "a.log.zst"], [false, true])
  func `a compressed file without a byte is damaged`(name: String, isReversed: Bool) throws {
    let file = directory.file(name)
    directory.shell(": > \(file)")
    let query = try Query([LogFile(file)], RecordFilter(), isReversed: isReversed)
    #expect(try query.lines().isEmpty)
    #expect(query.troubles.map(\.text) == ["is cut off"])
  }

  @Test func `an empty file and one without any record give nothing`() throws {
    let empty = directory.write([], to: "a.log")
    let noise = directory.write(Array("hello\nworld\n".utf8), to: "b.log")
    let query = try Query([LogFile(empty), LogFile(noise)], filter { $0.since = Self.start })
    #expect(try query.lines().isEmpty)
    #expect(query.damagedLines == 2)
  }
}
