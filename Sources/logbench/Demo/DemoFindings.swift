internal import LogdArchive

/// What the file holds of the workers' records.
struct DemoFindings {
  private var sent: UInt64 = 0
  private var dropped: UInt64 = 0
  private var written = 0
  private var doubled = 0
  private var disordered = 0
  private var torn = 0

  /// Reads the whole file.
  init(_ path: String, _ reports: [ProducerReport]) throws {
    sent = reports.reduce(0) { $0 + $1.attempted }
    dropped = reports.reduce(0) { $0 + $1.dropped }
    var seen: [Int32: SequenceSet] = [:]
    var reader = try LineReader(path: path)
    try reader.forEachLine { line, end in
      if end == .newline, let record = LogFormat.of(line).parse(line).record {
        if record.ident == HashWorker.ident {
          take(record, &seen[record.pid, default: SequenceSet()])
        }
      } else {
        torn += 1
      }
      return true
    }
  }

  private mutating func take(_ record: LogRecord, _ seen: inout SequenceSet) {
    guard case .integer(let number) = record.value(HashWorker.sequenceKey) else {
      torn += 1
      return
    }
    switch seen.insert(Int(number)) {
    case .again: doubled += 1
    case .late:
      written += 1
      disordered += 1
    case .inOrder: written += 1
    }
  }

  private var lost: Int { Int(sent) - Int(dropped) - written }

  var isSound: Bool { lost == 0 && doubled == 0 && disordered == 0 && torn == 0 }

  var text: String {
    let rows = [
      ("sent", Int(sent)), ("written", written), ("dropped", Int(dropped)), ("lost", lost),
      ("doubled", doubled), ("out of order", disordered), ("torn", torn),
    ]
    var table = Table(["records", ""])
    for (name, count) in rows { table.add([name, "\(count)"]) }
    return table.text
  }
}
