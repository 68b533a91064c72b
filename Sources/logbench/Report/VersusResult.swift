/// Everything that `versus` measures: the runs of both, in order, and what they come to.
struct VersusResult: Codable, Sendable {
  var fileSystem: String
  /// `logd`, and what it was measured against.
  var programs: [String]
  var logd: [RunResult]
  var against: [RunResult]
  var throughput: Comparison

  init(fileSystem: String, programs: [String], logd: [RunResult], against: [RunResult]) {
    self.fileSystem = fileSystem
    self.programs = programs
    self.logd = logd
    self.against = against
    throughput = Comparison(logd.map(\.recordsPerSecond), against.map(\.recordsPerSecond))
  }

  var isSound: Bool { (logd + against).allSatisfy(\.isSound) }

  var text: String {
    var table = Table([
      "round", "A krec/s", "B krec/s", "A/B", "A daemon ns", "B daemon ns", "file",
    ])
    for (index, (a, b)) in zip(logd, against).enumerated() {
      table.add(
        ["\(index + 1)"] + Self.speeds(a.recordsPerSecond, b.recordsPerSecond)
          + [Self.daemonNs([a]), Self.daemonNs([b]), Self.findings(a, b)])
    }
    table.add(
      ["median"] + Self.speeds(throughput.median, throughput.medianAgainst)
        + [Self.daemonNs(logd), Self.daemonNs(against)])
    return """
      A: \(programs[0])
      B: \(programs[1])
      \(logd[0].producers) producers, \(logd[0].records) records, on \(fileSystem); ns are per record

      \(table.text)
      ratio of the medians: \(rounded(throughput.ratio, 3)); of single rounds: \
      \(rounded(throughput.ratioLeast, 3)) to \(rounded(throughput.ratioMost, 3)), \
      in the middle \(rounded(throughput.ratioMedian, 3))

      """
  }

  private static func speeds(_ a: Double, _ b: Double) -> [String] {
    [rounded(a / 1000, 0), rounded(b / 1000, 0), rounded(a / b, 3)]
  }

  /// The daemon's processor time for a record: the median of the runs.
  private static func daemonNs(_ runs: [RunResult]) -> String {
    rounded(median(runs.map { ($0.daemonUserNs ?? 0) + ($0.daemonSystemNs ?? 0) }), 0)
  }

  private static func findings(_ a: RunResult, _ b: RunResult) -> String {
    if a.isSound, b.isSound { return "sound" }
    return "A \(a.findings.summary), B \(b.findings.summary)"
  }
}
