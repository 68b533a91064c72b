/// One kind of load of the standard set.
struct StandardRow: Sendable {
  var title: String
  var producers: Int
  var size = 128
  var fields = 0
  var json = false
  /// What the ratio to append should reach.
  var floor: Double?
  /// Records of all producers together.
  var appendRecords: Int
  var logdRecords: Int

  static let all = [
    StandardRow(
      title: "128 bytes", producers: 1, floor: 3, appendRecords: 800_000, logdRecords: 3_000_000),
    StandardRow(
      title: "128 bytes", producers: 4, floor: 6, appendRecords: 1_200_000, logdRecords: 4_000_000),
    StandardRow(
      title: "128 bytes", producers: 16, floor: 5, appendRecords: 1_200_000, logdRecords: 4_000_000),
    StandardRow(
      title: "128 bytes", producers: 256, floor: 3, appendRecords: 2_048_000,
      logdRecords: 6_144_000),
    StandardRow(
      title: "two fields", producers: 4, fields: 2, floor: 3, appendRecords: 1_200_000,
      logdRecords: 3_000_000),
    StandardRow(
      title: "1 KiB", producers: 4, size: 1024, appendRecords: 400_000, logdRecords: 800_000),
    StandardRow(
      title: "json", producers: 4, json: true, appendRecords: 1_200_000, logdRecords: 3_000_000),
  ]

  /// What each producer does.
  func workload(total: Int, scale: Double) throws -> Workload {
    var workload = try Workload.standard()
    workload.size = size
    workload.fields = fields
    workload.records = max(1, Int(Double(total / producers) * scale))
    // A lap of the ring: a quarter of a mebibyte more than it holds of the smallest.
    workload.warmup = 10_000
    return workload
  }
}

/// What was measured of it: the rounds, and the medians.
struct StandardRowResult: Codable, Sendable {
  var title: String
  var producers: Int
  var floor: Double?
  var append: [RunResult]
  var logd: [RunResult]

  /// Median of the rounds' ratios.
  var ratio: Double {
    median(zip(logd, append).map { $0.recordsPerSecond / $1.recordsPerSecond })
  }

  var isSound: Bool { (append + logd).allSatisfy(\.isSound) }

  static let titles = [
    "", "N", "rounds", "append krec/s", "logd krec/s", "ratio", "floor", "client ns", "daemon user",
    "system ns", "MB", "late", "file",
  ]

  var cells: [String] {
    func middle(_ runs: [RunResult], _ value: (RunResult) -> Double) -> String {
      rounded(median(runs.map(value)), 0)
    }
    let faults = Set((append + logd).map(\.findings.summary)).subtracting(["sound"])
    return [
      title, "\(producers)", "\(logd.count)",
      append.isEmpty ? "–" : middle(append) { $0.recordsPerSecond / 1000 },
      middle(logd) { $0.recordsPerSecond / 1000 }, append.isEmpty ? "–" : rounded(ratio, 1),
      floor.map { "≥ \(rounded($0, 0))" } ?? "–",
      middle(logd) { $0.clientUserNs + $0.clientSystemNs }, middle(logd) { $0.daemonUserNs ?? 0 },
      middle(logd) { $0.daemonSystemNs ?? 0 },
      middle(logd) { Double($0.daemonPeakBytes ?? 0) / 1e6 },
      middle(logd) { Double($0.recordsLate ?? 0) },
      faults.isEmpty ? "sound" : faults.sorted().joined(separator: "; "),
    ]
  }
}

/// The middle one; of an even number, the lower of the two.
func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "something was measured")
  return values.sorted()[(values.count - 1) / 2]
}
