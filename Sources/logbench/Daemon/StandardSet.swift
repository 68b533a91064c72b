internal import CLinux
internal import LogdPlatform

/// Runs the standard set, row by row.
struct StandardSet {
  /// What all rows have together. One whose share is too short, on a busy machine, gets fewer rounds: all
  /// of it stays below three minutes.
  private static let seconds = 150.0

  let rounds: Int
  let scale: Double
  let daemon: DaemonOptions
  let place: Place
  let progress: Progress

  func run() throws -> StandardResult {
    let rows = StandardRow.all
    progress.say("cold: 4 producers")
    let cold = try measureCold(rows[1])
    let start = clinux_monotonic_ns()
    let measured = try rows.enumerated().map { index, row in
      let left = Self.seconds - Double(clinux_monotonic_ns() - start) / 1e9
      return try measure(row, seconds: left / Double(rows.count - index))
    }
    progress.say("for comparison")
    let others = try ReferenceKind.allCases.map { try reference(rows[1], $0) }
    progress.say("latency")
    return StandardResult(
      fileSystem: place.fileSystem, cold: cold, rows: measured, others: others,
      latency: try latency())
  }

  private func measureCold(_ row: StandardRow) throws -> StandardRowResult {
    var place = place
    place.isCold = true
    return StandardRowResult(
      title: row.title + ", cold", producers: row.producers, floor: nil,
      append: [try reference(row, .append, at: place)], logd: [try load(row, at: place)])
  }

  private func measure(_ row: StandardRow, seconds: Double) throws -> StandardRowResult {
    var result = StandardRowResult(
      title: row.title, producers: row.producers, floor: row.floor, append: [], logd: [])
    // One after the other, not by turns: each finds the pages warm that its last round has freed.
    result.append = try repeated("append, \(row.title)", row, seconds / 2) {
      try reference(row, .append)
    }
    result.logd = try repeated("logd, \(row.title)", row, seconds / 2) { try load(row) }
    return result
  }

  /// As many rounds as there is time for.
  private func repeated(
    _ title: String, _ row: StandardRow, _ limit: Double, _ run: () throws -> RunResult
  ) throws -> [RunResult] {
    var results: [RunResult] = []
    let start = clinux_monotonic_ns()
    for round in 1...rounds {
      // What this round will bring it to, when it is like those before.
      let seconds = Double(clinux_monotonic_ns() - start) / 1e9
      if round > 1, seconds * Double(round) / Double(round - 1) > limit { break }
      progress.say("\(title), \(row.producers) producers: round \(round) of \(rounds)")
      results.append(try run())
    }
    return results
  }

  private func reference(
    _ row: StandardRow, _ kind: ReferenceKind, at place: Place? = nil
  ) throws -> RunResult {
    try ReferenceRun(
      kind: kind, producers: row.producers,
      workload: try row.workload(total: row.appendRecords, scale: scale),
      place: place ?? self.place
    ).run()
  }

  private func load(_ row: StandardRow, at place: Place? = nil) throws -> RunResult {
    var daemon = daemon
    daemon.format = row.json ? "json" : "text"
    return try LoadRun(
      producers: row.producers, workload: try row.workload(total: row.logdRecords, scale: scale),
      daemon: daemon, client: try .standard(), place: place ?? self.place
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
}
