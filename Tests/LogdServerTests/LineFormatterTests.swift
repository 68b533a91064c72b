import LogdArchive
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdServer

/// What the daemon writes, the reader reads back: P3.
@Suite struct `Line formatter` {
  static let seeds: [UInt64] = {
    let fresh = UInt64.random(in: .min ... .max)
    print("seed of this run: \(fresh)")
    return [1, 0x5eed, fresh]
  }()

  @Test(arguments: seeds, [Configuration.Format.text, .json])
  func `random records are read back equal, one line each`(
    seed: UInt64, format: Configuration.Format
  ) {
    var records = RandomRecords(seed: seed)
    var formatter = LineFormatter(format)
    for _ in 0..<3000 {
      var record = records.record()
      if format == .text { record.uid = nil }
      record.time = max(0, record.time)
      record.ident = record.ident == "logd" ? "logd_" : record.ident
      record.fields = record.fields.filter { !$0.isDaemons && $0.key.count <= 64 }
      let line = Self.line(record, &formatter, format) ?? []
      let parsed = Self.parse(line.dropLast(), format)
      #expect(line.firstIndex(of: 10) == line.count - 1)
      guard parsed == .record(record) else {
        Issue.record("seed \(seed): \(String(decoding: line, as: UTF8.self)): \(parsed)")
        return
      }
    }
  }

  @Test(arguments: [Configuration.Format.text, .json])
  func `every byte value is read back, alone and among others`(
    format: Configuration.Format
  ) {
    var formatter = LineFormatter(format)
    for byte in UInt8.min...UInt8.max {
      for around in [0, 1, 15, 16, 17, 40] {
        let text = Array(repeating: UInt8(ascii: "a"), count: around) + [byte]
        for message in [text, text + text, [byte] + text] {
          let record = LogRecord(
            time: 1_000_000, severity: .info, ident: "w", pid: 1, uid: format == .json ? 7 : nil,
            message: message, fields: [LogField(key: [byte], value: .string(message))])
          let line = Self.line(record, &formatter, format) ?? []
          #expect(Self.parse(line.dropLast(), format) == .record(record), "byte \(byte)")
        }
      }
    }
  }

  @Test func `the line of the manual`() {
    let record = LogRecord(
      time: 1_795_228_561_123_456_000, severity: .info, ident: "worker", pid: 1234,
      message: Array("message".utf8),
      fields: [
        LogField(key: Array("key".utf8), value: .string(Array("value".utf8))),
        LogField(key: Array("other".utf8), value: .string(Array("two words".utf8))),
      ])
    var formatter = LineFormatter(.text)
    let line = Self.line(record, &formatter, .text) ?? []
    #expect(
      String(decoding: line, as: UTF8.self)
        == "2026-11-21T02:36:01.123456Z info worker[1234]: message key=value other=\"two words\"\n")
  }

  @Test(arguments: [
    ("/1", "[1]"), ("/1/20/3", "[1,20,3]"), ("/999999999", "[999999999]"), ("/0", "[0]"),
    ("", "\"\""), ("/", "\"/\""), ("1", "\"1\""), ("/1/", "\"/1/\""), ("/01", "\"/01\""),
    ("//1", "\"//1\""), ("/1/1234567890", "\"/1/1234567890\""), ("/1a", "\"/1a\""),
  ])
  func `the place in a tree of actions is a list in json`(level: String, written: String) {
    var formatter = LineFormatter(.json)
    let record = LogRecord(
      time: 0, severity: .info, ident: "w", pid: 1, uid: 0, message: [],
      fields: ["task_level", "level2"].map {
        LogField(key: Array($0.utf8), value: .string(Array(level.utf8)))
      })
    let line = Self.line(record, &formatter, .json) ?? []
    let end = ",\"task_level\":\(written),\"level2\":\"\(level)\"}\n"
    #expect(String(decoding: line, as: UTF8.self).hasSuffix(end))
  }

  @Test(arguments: [
    // More fields announced than there are; bytes left over; a key of nothing; a bad type; a bool
    // of 2; a number of 7 bytes.
    [1, 0], [0, 8], [2, 8], [3, 9], [4, 4], [5, 2],
  ])
  func `a frame that breaks a rule leaves nothing behind`(_ wrong: [Int]) {
    let field = LogField(key: [UInt8(ascii: "k")], value: .bool(true))
    var frame = FrameModel(
      LogRecord(
        time: 0, severity: .info, ident: "w", pid: 1, message: [], fields: [field])
    ).bytes
    switch wrong[0] {
    case 0: frame[0] += 8
    case 1: frame[6] = 2
    case 2: frame[25] = 0
    case 3: frame[24] = 9
    case 4: frame[33] = 2
    default: frame[28] = 7
    }
    var formatter = LineFormatter(.text)
    let line = Self.format(frame, &formatter, .text, ident: "w", pid: 1, uid: 0, time: 0)
    #expect(line == nil)
  }

  static func line(
    _ record: LogRecord, _ formatter: inout LineFormatter, _ format: Configuration.Format
  ) -> [UInt8]? {
    Self.format(
      FrameModel(record).bytes, &formatter, format, ident: record.ident, pid: record.pid,
      uid: record.uid ?? 0, time: record.time)
  }

  static func format(
    _ frame: [UInt8], _ formatter: inout LineFormatter, _ format: Configuration.Format,
    ident: String, pid: Int32, uid: UInt32, time: Int64
  ) -> [UInt8]? {
    guard let memory = try? Mapping(privateByteCount: 1 << 20) else { return nil }
    let label = SourceLabel(ident: ident, pid: pid, uid: uid, format: format)
    let count = append(frame, &formatter, time, label, memory.lineBuffer(0, capacity: 1 << 20))
    guard let count else { return nil }
    return memory.withBytes(0, count) { bytes in
      (0..<bytes.byteCount).map { bytes.u8(at: $0) }
    }
  }

  private static func append(
    _ frame: [UInt8], _ formatter: inout LineFormatter, _ time: Int64, _ label: SourceLabel,
    _ buffer: consuming LineBuffer
  ) -> Int? {
    var line = buffer
    // SAFETY: bytes have no padding.
    let bytes = unsafe frame.span.bytes
    let limits = FrameLimits(recordBytes: 65_536, fields: 128)
    guard let header = FrameHeader(bytes, at: 0, limits: limits) else { return nil }
    guard header.byteCount <= frame.count else { return nil }
    let isWhole = formatter.append(
      bytes, at: 0, header, time: time, label: label, Annotations(), to: &line)
    return isWhole ? line.count : nil
  }

  static func parse(_ line: some Collection<UInt8>, _ format: Configuration.Format) -> ParsedLine {
    let bytes = Array(line)
    return switch format {
    case .text: TextLineParser().parse(bytes.span)
    case .json: JSONLineParser().parse(bytes.span)
    }
  }
}
