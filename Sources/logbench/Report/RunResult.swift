/// One measured run: how fast, at whose cost, and whether the file is sound.
struct RunResult: Codable, Sendable {
  var kind: String
  var producers: Int
  var messageBytes: Int
  var fields: Int
  /// Log calls that were measured, without the warm-up.
  var records: Int
  var seconds: Double
  /// Records a second that reached the file between the gate and the end of the last flush.
  var recordsPerSecond: Double
  var clientUserNs: Double
  var clientSystemNs: Double
  var daemonUserNs: Double?
  var daemonSystemNs: Double?
  var daemonPeakBytes: Int?
  /// Records that a last flush did not bring into the file in time.
  var unflushed: Int
  /// The longest log call of a paced producer.
  var longestCallNs: Int
  /// The p99 of the paced producer for whom it is greatest.
  var callP99Ns: Int
  /// What the daemon itself counted as late.
  var recordsLate: Int?
  /// Of somebody who asked for the status all the time.
  var status: StatusAnswers?
  var findings: Findings

  init(
    _ kind: String, _ producers: Int, _ workload: Workload, elapsedNs: UInt64,
    _ findings: Findings, _ reports: [ProducerReport]
  ) {
    self.kind = kind
    self.producers = producers
    self.findings = findings
    messageBytes = workload.size
    fields = workload.fields
    records = producers * workload.records
    seconds = Double(elapsedNs) / 1e9
    let dropped = reports.reduce(0) { $0 + Int($1.dropped) - Int($1.droppedInWarmup) }
    recordsPerSecond = Double(records - dropped) / seconds
    clientUserNs = reports.reduce(0) { $0 + Double($1.userNs) } / Double(records)
    clientSystemNs = reports.reduce(0) { $0 + Double($1.systemNs) } / Double(records)
    unflushed = reports.reduce(0) { $0 + Int($1.unflushed) }
    longestCallNs = Int(reports.map(\.longestNs).max() ?? 0)
    callP99Ns = Int(reports.map(\.callP99Ns).max() ?? 0)
  }

  /// Whether every record is where it should be.
  var isSound: Bool {
    findings.isSound && unflushed == 0 && (status?.unbalanced ?? 0) == 0
  }
}
