internal import LogdPlatform

/// Runs the standard set, row by row.
struct StandardSet {
  /// More than any row writes.
  private static let touchedBytes = 1 << 30

  let rounds: Int
  let scale: Double
  let daemon: DaemonOptions
  let place: Place
  let progress: Progress

  func run() throws -> StandardResult {
    let rows = StandardRow.all
    progress.say("cold: 4 producers")
    let cold = try cold(rows[1])
    progress.say("touching memory")
    try touchMemory()
    let measured = try rows.map { try measure($0) }
    progress.say("for comparison")
    let others = try ReferenceKind.allCases.map { try reference(rows[1], $0) }
    progress.say("latency")
    return StandardResult(
      fileSystem: place.fileSystem, cold: cold, rows: measured, others: others,
      latency: try latency())
  }

  private func cold(_ row: StandardRow) throws -> StandardRowResult {
    StandardRowResult(
      title: "128 bytes, as found", producers: row.producers, floor: nil, append: [],
      logd: [try load(row)])
  }

  private func measure(_ row: StandardRow) throws -> StandardRowResult {
    var result = StandardRowResult(
      title: row.title, producers: row.producers, floor: row.floor, append: [], logd: [])
    for round in 1...rounds {
      progress.say("\(row.title), \(row.producers) producers: round \(round) of \(rounds)")
      result.append.append(try reference(row, .append))
      result.logd.append(try load(row))
    }
    return result
  }

  private func reference(_ row: StandardRow, _ kind: ReferenceKind) throws -> RunResult {
    try ReferenceRun(
      kind: kind, producers: row.producers,
      workload: try row.workload(total: row.appendRecords, scale: scale), place: place
    ).run()
  }

  private func load(_ row: StandardRow) throws -> RunResult {
    var daemon = daemon
    daemon.format = row.json ? "json" : "text"
    return try LoadRun(
      producers: row.producers, workload: try row.workload(total: row.logdRecords, scale: scale),
      daemon: daemon, client: try .standard(), place: place
    ).run()
  }

  private func latency() throws -> LatencyResult {
    var workload = try Workload.standard()
    workload.warmup = 50_000
    return try LatencyRun(
      calls: max(1, Int(1_000_000 * scale)), burst: 1000, rounds: max(1, Int(200 * scale)),
      workload: workload, daemon: daemon, client: try .standard(), place: place
    ).run()
  }

  /// Writes a file and removes it: the pages that it took are used again by the next one.
  private func touchMemory() throws {
    let path = place.file("touch")
    defer { place.remove(path) }
    let file = try OutputFile(appendingTo: path)
    let piece = [UInt8](repeating: 0x2e, count: 1 << 20)
    for _ in 0..<Self.touchedBytes / piece.count {
      try file.write(piece.span)
      try Interruption.check()
    }
  }
}
