/// Everything that `standard` measures.
struct StandardResult: Codable, Sendable {
  var fileSystem: String
  var cold: StandardRowResult
  var rows: [StandardRowResult]
  var others: [RunResult]
  var latency: LatencyResult

  var isSound: Bool {
    cold.isSound && rows.allSatisfy(\.isSound) && others.allSatisfy(\.isSound)
  }

  var text: String {
    var table = Table(StandardRowResult.titles)
    table.add(cold.cells)
    for row in rows { table.add(row.cells) }
    var beside = Table(["for comparison, 128 bytes", "N", "krec/s"])
    for run in others {
      let title = ReferenceKind(rawValue: run.kind)?.title ?? run.kind
      beside.add([title, "\(run.producers)", rounded(run.recordsPerSecond / 1000, 0)])
    }
    return """
      on \(fileSystem); ns are per record; the first row in memory as it is found, the others warm

      \(table.text)
      \(beside.text)
      \(latency.text)
      """
  }
}
