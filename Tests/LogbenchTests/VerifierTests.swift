import Glibc
import LogdArchive
import Testing

@testable import logbench

/// A verifier that finds nothing proves nothing: each fault is made on purpose and must be found.
@Suite struct `Verification` {
  private static let pids: [Int32] = [4001, 4002]

  private static func workload(fields: Int = 0, stamp: Bool = false) throws -> Workload {
    var workload = try Workload.standard()
    (workload.size, workload.fields, workload.stamp) = (80, fields, stamp)
    return workload
  }

  /// The line of one record, as a sound file has it.
  private static func line(
    _ producer: Int, _ sequence: UInt64, _ workload: Workload, format: LogFormat = .text,
    stamp: UInt64 = 0
  ) -> String {
    let expected = ExpectedLine(format, workload)
    var message = BenchMessage.bytes(
      producer: producer, size: workload.size, stamped: workload.stamp)
    BenchMessage.write(sequence, to: &message, BenchMessage.sequencePlace)
    if workload.stamp { BenchMessage.write(stamp, to: &message, BenchMessage.stampPlace) }
    let bytes = expected.head(pid: pids[producer]) + message + expected.tail
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func sound(_ workload: Workload, _ format: LogFormat = .text) -> [String] {
    (0..<20).flatMap { sequence in
      (0..<2).map { line($0, sequence, workload, format: format) }
    }
  }

  private func verify(
    _ lines: [String], _ workload: Workload, format: LogFormat = .text, dropped: UInt64 = 0,
    end: String = "\n", from offset: Int64 = 0, othersWrite: Bool = false
  ) throws -> Findings {
    let path = "/tmp/logbench-verifier-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    defer { unsafe _ = unlink(path) }
    let file = try OutputFile(appendingTo: path)
    try file.write(Array((lines.joined(separator: "\n") + end).utf8).span)
    var verifier = Verifier(ExpectedLine(format, workload), pids: Self.pids, sequences: 20)
    try verifier.read(path, from: offset, othersWrite: othersWrite)
    return verifier.result(
      (0..<2).map { number in
        var report = ProducerReport()
        report.number = UInt64(number)
        report.attempted = 20
        report.dropped = number == 0 ? dropped : 0
        return report
      })
  }

  @Test(arguments: LogFormat.allCases, [0, 1, 5])
  func `a sound file is sound`(format: LogFormat, fields: Int) throws {
    let workload = try Self.workload(fields: fields)
    let findings = try verify(Self.sound(workload, format), workload, format: format)
    #expect(findings.isSound, "\(findings)")
    #expect(findings.written == 40)
    #expect(findings.summary == "sound")
  }

  /// Looked at while the line of somebody else is being written, at the beginning and at the end.
  @Test func `what others write counts from the next line on, and up to the last whole one`() throws
  {
    let workload = try Self.workload()
    let theirs = "2026-11-21T08:00:01.123456Z info other[7]: theirs"
    let lines = [theirs] + Self.sound(workload) + [theirs]
    for offset in [0, 10, Int64(theirs.utf8.count), Int64(theirs.utf8.count) + 1] {
      let findings = try verify(lines, workload, end: "", from: offset, othersWrite: true)
      #expect(findings.isSound && findings.written == 40, "\(offset): \(findings)")
    }
    #expect(try !verify(lines, workload, end: "", from: 10).isSound)
  }

  @Test func `what is written is what the full reader reads`() throws {
    let workload = try Self.workload(fields: 3)
    for format in LogFormat.allCases {
      let line = Array(Self.line(1, 7, workload, format: format).utf8)
      let record = try #require(format.parse(line.span).record)
      #expect(record.ident == ExpectedLine.ident)
      #expect(record.pid == Self.pids[1])
      #expect(record.message.count == workload.size)
      #expect(record.value("bytes") == .integer(1_048_577))
    }
  }

  @Test func `a missing line is lost`() throws {
    let workload = try Self.workload()
    var lines = Self.sound(workload)
    lines.remove(at: 9)
    let findings = try verify(lines, workload)
    #expect(findings.lost == 1)
    #expect(!findings.isSound)
  }

  @Test func `one producer's surplus does not hide another's loss`() throws {
    let workload = try Self.workload()
    var lines = Self.sound(workload)
    lines.remove(at: 1)
    let findings = try verify(lines, workload, dropped: 1)
    #expect(findings.lost == 1)
    #expect(findings.surplus == 1)
  }

  @Test func `a line that comes twice is doubled`() throws {
    let workload = try Self.workload()
    let lines = Self.sound(workload)
    let findings = try verify(lines + [lines[5]], workload)
    #expect(findings.doubled == 1)
    #expect(findings.lost == 0)
  }

  @Test func `a line after a later one of its producer is disordered`() throws {
    let workload = try Self.workload()
    var lines = Self.sound(workload)
    lines.swapAt(4, 6)
    let findings = try verify(lines, workload)
    #expect(findings.disordered == 1)
    #expect(findings.summary == "1 disordered")
  }

  @Test func `a cut, altered, joined or unfinished line is torn`() throws {
    let workload = try Self.workload(fields: 2)
    let lines = Self.sound(workload)
    let cases: [(Int, String)] = [
      (1, String(lines[3].dropLast())), (1, lines[3].replacing("quick", with: "quack")),
      (1, lines[3] + lines[4]), (1, String(lines[3].dropFirst(30))), (1, ""),
      (1, lines[3].replacing("[4002]", with: "[4001]")), (2, "\n"),
    ]
    for (torn, bad) in cases {
      var altered = lines
      altered[3] = bad
      let findings = try verify(altered, workload)
      #expect(findings.torn == torn && findings.lost == 1, "\(bad)")
      #expect(findings.firstTorn != nil)
    }
    let unfinished = try verify(lines, workload, end: "")
    #expect(unfinished.torn == 1 && unfinished.lost == 1)
  }

  @Test func `records of others and of logd are told apart`() throws {
    let workload = try Self.workload()
    let head = "2026-11-21T02:36:01.123456Z"
    let others = ["\(head) info cron[7]: a job", "\(head) notice logd[8]: started"]
    let findings = try verify(Self.sound(workload) + others, workload)
    #expect(findings.isSound)
    #expect(findings.foreign == 1)
    #expect(findings.own == 1)
  }

  @Test(arguments: LogFormat.allCases)
  func `a line to which the daemon has added the old stamp is sound`(format: LogFormat) throws {
    let workload = try Self.workload(fields: 2)
    var lines = Self.sound(workload, format)
    let time = "2026-11-21T02:36:00.023456Z"
    lines[3] =
      switch format {
      case .text: lines[3] + " _stamp=\"\(time)\""
      case .json: lines[3].dropLast() + ",\"_stamp\":\"\(time)\"}"
      }
    let findings = try verify(lines, workload, format: format)
    #expect(findings.isSound)
    #expect(findings.oldStamps == 1)
    lines[3] += " "
    #expect(try verify(lines, workload, format: format).torn == 1)
  }

  @Test func `drop records must add up to what producers gave up`() throws {
    let workload = try Self.workload()
    let drops = { (count: Int) in
      "2026-11-21T02:36:01.123456Z warning logd[77]: records were dropped reason=ring_full"
        + " client=logbench client_pid=4001 count=\(count)"
    }
    var lines = Self.sound(workload)
    lines.removeAll { $0.contains("p0000 n0000000003") || $0.contains("p0000 n0000000004") }
    let exact = try verify(lines + [drops(1), drops(1)], workload, dropped: 2)
    #expect(exact.isSound)
    let short = try verify(lines + [drops(1)], workload, dropped: 2)
    #expect(!short.isSound)
    #expect(short.summary == "drop records say 1, producers 2")
  }

  @Test func `lines out of time order, and calls, are counted`() throws {
    let workload = try Self.workload(stamp: true)
    var lines = (0..<20).map { Self.line(0, $0, workload, stamp: 1000 + $0) }
    lines += (0..<20).map { Self.line(1, $0, workload, stamp: 1005 + $0) }
    lines[10] = lines[10].replacing("01.123456Z", with: "01.123455Z")
    let findings = try verify(lines, workload)
    #expect(findings.backwards == 1)
    #expect(findings.lateCalls == 14)
    #expect(findings.lateCallsNsMax == 14)
    #expect(findings.isSound)
  }
}
