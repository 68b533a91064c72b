/// How fast the demonstration was.
struct DemoSpeed {
  private let reports: [ProducerReport]
  private let elapsedNs: UInt64
  private let daemon: Child.End

  init(_ reports: [ProducerReport], startNs: UInt64, daemon: Child.End) {
    self.reports = reports
    self.daemon = daemon
    elapsedNs = (reports.map(\.endNs).max() ?? startNs) - startNs
  }

  private var records: UInt64 { reports.reduce(0) { $0 + $1.attempted } }
  private var inCallsNs: UInt64 { reports.reduce(0) { $0 + $1.inCallsNs } }

  var text: String {
    let seconds = Double(elapsedNs) / 1e9
    let mean = inCallsNs / max(records, 1)
    let share = Double(inCallsNs) / Double(elapsedNs) / Double(max(reports.count, 1))
    let longest = reports.map(\.longestNs).max() ?? 0
    return """
      \(Int(Double(records) / seconds)) records/s over \(rounded(seconds, 1)) s: as many as there \
      were files hashed
      a log call with its fields took \(Percentiles.duration(mean)) on average, \
      \(Percentiles.duration(longest)) at most
      the workers spent \(rounded(share * 100, 1)) % of their time in log calls
      logd needed \(rounded(daemon.cpuSeconds, 2)) s of processor time, \
      \(rounded(Double(daemon.peakBytes) / 1e6, 1)) MB of memory at most
      `make bench` measures what it can do.
      """
  }
}
