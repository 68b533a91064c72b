internal import LogdArchive
internal import LogdPlatform

/// Goes through the file and accounts for every record of every producer.
///
/// Some ten million lines a second would take a minute with a full parser: lines that are exactly
/// as expected are recognized in place, only the others are parsed.
struct Verifier {
  private var expected: ExpectedLine
  private var pids: [Int32]
  private var seen: [SequenceSet]
  private let sequencesMax: Int
  private var findings = Findings()
  private var lastTime = Int64.min
  private var latestStamp: UInt64 = 0

  /// `sequences` is how many log calls one producer made at most.
  init(_ expected: ExpectedLine, pids: [Int32], sequences: Int) {
    self.expected = expected
    self.pids = pids
    sequencesMax = sequences
    seen = pids.map { _ in SequenceSet() }
  }

  /// Looks at every line of the file from `offset` on; where others write too, `offset` may be in the
  /// middle of one of their lines, and the last one may be unfinished.
  mutating func read(
    _ path: String, from offset: Int64 = 0, othersWrite: Bool = false
  ) throws(SystemError) {
    let start = othersWrite && offset > 0 ? offset - 1 : offset
    var reader = try LineReader(path: path, from: start)
    var isTheirs = start < offset
    try reader.forEachLine { line, end in
      if !isTheirs, !othersWrite || end != .endOfFile { look(line, end) }
      isTheirs = false
      return true
    }
    findings.bytes += Int(reader.offset - offset)
  }

  /// Looks at the lines that have come since; an unfinished last one is left for the next time,
  /// unless the file has come to its end.
  mutating func readOn(_ reader: inout LineReader, isFinal: Bool) throws(SystemError) {
    let before = reader.offset
    try reader.forEachLine { line, end in
      if end != .endOfFile || isFinal { look(line, end) }
      return true
    }
    findings.bytes += Int(reader.offset - before)
  }

  /// From now on there is one producer more. Answers its number.
  mutating func expect(pid: Int32) -> Int {
    pids.append(pid)
    seen.append(SequenceSet())
    return pids.count - 1
  }

  /// Which records of a producer have been found.
  func found(_ producer: Int) -> SequenceSet { seen[producer] }

  /// What was found so far beside the records of producers.
  var soFar: Findings { findings }

  /// The account, once everything has been read.
  func result(_ reports: [ProducerReport]) -> Findings {
    var result = findings
    result.attempted = reports.reduce(0) { $0 + Int($1.attempted) }
    result.dropped = reports.reduce(0) { $0 + Int($1.dropped) }
    result.written = seen.reduce(0) { $0 + $1.count }
    // Producer by producer, so that one's surplus does not hide another's loss.
    for report in reports {
      let missing =
        Int(report.attempted) - Int(report.dropped) - seen[Int(report.number)].count
      result.lost += max(0, missing)
      result.surplus += max(0, -missing)
    }
    return result
  }

  private mutating func look(_ line: Span<UInt8>, _ end: LineEnd) {
    findings.lines += 1
    guard end == .newline, let found = expected.find(line) else { return lookClosely(line, end) }
    guard found.producer < pids.count, found.sequence < sequencesMax,
      found.pid == UInt64(pids[found.producer])
    else { return tear(line, "not a record of this run") }
    note(time: found.time)
    if found.stamp > 0 { note(stamp: found.stamp) }
    if found.hasOldStamp { findings.oldStamps += 1 }
    switch seen[found.producer].insert(found.sequence) {
    case .inOrder: break
    case .late: findings.disordered += 1
    case .again: findings.doubled += 1
    }
  }

  private mutating func note(time: Int64) {
    if time < lastTime { findings.backwards += 1 }
    lastTime = time
  }

  private mutating func note(stamp: UInt64) {
    if stamp < latestStamp {
      findings.lateCalls += 1
      findings.lateCallsNsMax = max(findings.lateCallsNsMax, Int(latestStamp - stamp))
    }
    latestStamp = max(latestStamp, stamp)
  }

  private mutating func lookClosely(_ line: Span<UInt8>, _ end: LineEnd) {
    guard end == .newline else { return tear(line, "\(end)") }
    switch expected.format.parse(line) {
    case .damaged(let damage):
      tear(line, damage.description)
    case .record(let record) where record.ident == "logd":
      findings.own += 1
      note(time: record.time)
      countDrops(record)
    case .record(let record) where record.ident == ExpectedLine.ident:
      tear(line, "not as it was logged")
    case .record(let record):
      findings.foreign += 1
      note(time: record.time)
    }
  }

  private mutating func countDrops(_ record: LogRecord) {
    guard case .integer(let count) = record.value("count"), case .string = record.value("reason"),
      case .integer(let pid) = record.value("client_pid"), pids.contains(Int32(clamping: pid))
    else { return }
    findings.dropRecordsSum += Int(count)
  }

  private mutating func tear(_ line: Span<UInt8>, _ why: String) {
    findings.torn += 1
    guard findings.firstTorn == nil else { return }
    let shown = (0..<min(line.count, 300)).map { line[$0] }
    findings.firstTorn = "\(why): \(String(decoding: shown, as: UTF8.self))"
  }
}
