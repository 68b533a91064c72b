import LogdArchive
import LogdWire
import TestSupport
import Testing

/// What Format.md promises: every byte that was logged is read back.
@Suite struct `Round trip` {
  private static let rounds = 4000

  /// A new seed for each run, printed, so that a failing one can be kept in `kept`.
  private static let seeds: [UInt64] = {
    let kept: [UInt64] = [1, 0x5eed]
    let fresh = UInt64.random(in: .min ... .max)
    print("seed of this run: \(fresh)")
    return kept + [fresh]
  }()

  @Test(arguments: seeds, LogFormat.allCases)
  func `random records are read back equal`(seed: UInt64, format: LogFormat) {
    var records = RandomRecords(seed: seed)
    for _ in 0..<Self.rounds {
      var record = records.record()
      if format == .text { record.uid = nil }
      let line = FormatModel.line(record, format)
      let parsed = parse(line, format)
      guard parsed == .record(record) else {
        Issue.record("seed \(seed): \(String(decoding: line, as: UTF8.self)): \(parsed)")
        return
      }
    }
  }

  @Test(arguments: LogFormat.allCases)
  func `every byte value survives in message, key and value`(format: LogFormat) {
    for byte in UInt8.min...UInt8.max {
      for bytes in [[byte], [byte, 0x61], [0x61, byte], [0x61, byte, byte, 0x62]] {
        let field = LogField(key: bytes, value: .string(bytes))
        var record = LogRecord(
          time: 1_000_000, severity: .info, ident: "x", pid: 1, message: bytes, fields: [field])
        if format == .json { record.uid = 0 }
        let line = FormatModel.line(record, format)
        #expect(!line.contains { $0 < 0x20 || $0 == 0x7f })
        #expect(parse(line, format) == .record(record), "byte \(byte)")
      }
    }
  }

  @Test(arguments: seeds, LogFormat.allCases)
  func `no prefix and no altered byte makes the reader trap`(seed: UInt64, format: LogFormat) {
    var records = RandomRecords(seed: seed)
    for _ in 0..<100 {
      let line = FormatModel.line(records.record(), format)
      for end in 0..<line.count where format == .json {
        #expect(parse(line[..<end], format).record == nil)
      }
      for index in line.indices {
        _ = parse(line[..<index], format)
        var altered = line
        altered[index] = UInt8.random(in: 0...255, using: &records.random)
        _ = parse(altered, format)
      }
    }
  }

  private func format(_ line: String) -> LogFormat { LogFormat.of(Array(line.utf8).span) }

  private func parse(_ line: some Collection<UInt8>, _ format: LogFormat) -> ParsedLine {
    format.parse(Array(line).span)
  }

  @Test func `the format is seen in the first byte`() {
    #expect(format("{\"ts\":") == .json)
    #expect(format("2026-") == .text)
    #expect(format("") == .text)
  }
}
