internal import FoundationEssentials

/// Prints results: as JSON for programs, or what is written for people.
enum Output {
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// One row a run, for `load` and `reference`.
  static func runs(_ results: [RunResult]) {
    var table = Table([
      "", "N", "bytes", "fields", "records", "s", "krec/s", "client ns", "daemon user ns",
      "system ns",
      "peak MB", "late", "file",
    ])
    for run in results { table.add(cells(run)) }
    print(table.text, terminator: "")
    for run in results { details(run) }
  }

  private static func cells(_ run: RunResult) -> [String] {
    [
      run.kind, "\(run.producers)", "\(run.messageBytes)", "\(run.fields)", "\(run.records)",
      rounded(run.seconds, 2), rounded(run.recordsPerSecond / 1000, 0),
      rounded(run.clientUserNs + run.clientSystemNs, 0),
      run.daemonUserNs.map { rounded($0, 0) } ?? "–",
      run.daemonSystemNs.map { rounded($0, 0) } ?? "–",
      run.daemonPeakBytes.map { rounded(Double($0) / 1e6, 1) } ?? "–",
      run.recordsLate.map { "\($0)" } ?? "–", run.findings.summary,
    ]
  }

  private static func status(_ status: StatusAnswers) -> String {
    var table = Table(
      ["", "count"] + Percentiles.titles + ["> 10 ms", "of them stolen", "stolen"])
    for (title, of) in [("status asked for", status.daemon), ("an idle stand-in", status.standIn)] {
      table.add(
        [title, "\(of.took.count)"] + of.took.cells + [
          "\(of.aboveTenMilliseconds)", "\(of.aboveTenMillisecondsStolen)", "\(of.stolen)",
        ])
    }
    return table.text
      + "stolen: so many answers during which the hypervisor gave processors to others\n"
      + "in \(status.unbalanced) answers the sums are wrong\n"
  }

  /// What a table has no room for.
  private static func details(_ run: RunResult) {
    let findings = run.findings
    print(
      "\(run.kind) N=\(run.producers): \(findings.attempted) calls = \(findings.written) written"
        + " + \(findings.dropped) dropped; \(findings.backwards) lines out of time order,"
        + " \(findings.foreign) of others, \(findings.own) of logd")
    if findings.lateCalls > 0 {
      let most = Percentiles.duration(UInt64(findings.lateCallsNsMax))
      print("  \(findings.lateCalls) lines stand after a later call, by \(most) at most")
    }
    if findings.oldStamps > 0 {
      print("  \(findings.oldStamps) lines show a time more than a second after their call")
    }
    if run.longestCallNs > 0 {
      let (most, p99) = (UInt64(run.longestCallNs), UInt64(run.callP99Ns))
      print(
        "  log call: p99 \(Percentiles.duration(p99)), longest \(Percentiles.duration(most))")
    }
    if run.unflushed > 0 { print("  \(run.unflushed) records were not flushed in time") }
    if let status = run.status { print(self.status(status), terminator: "") }
    if let torn = findings.firstTorn { print("  first torn line: \(torn)") }
  }
}
