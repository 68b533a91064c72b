/// The points of a distribution that are reported, in nanoseconds.
struct Percentiles: Codable, Sendable {
  var count: Int
  var p50: UInt64
  var p90: UInt64
  var p99: UInt64
  var p999: UInt64
  var p9999: UInt64
  var max: UInt64

  init(_ histogram: Histogram) {
    count = histogram.count
    p50 = histogram.value(at: 0.5)
    p90 = histogram.value(at: 0.9)
    p99 = histogram.value(at: 0.99)
    p999 = histogram.value(at: 0.999)
    p9999 = histogram.value(at: 0.9999)
    max = histogram.max
  }

  static let titles = ["p50", "p90", "p99", "p99.9", "p99.99", "max"]
  var cells: [String] { [p50, p90, p99, p999, p9999, max].map { Self.duration($0) } }

  /// `31 ns`, `4.2 µs`, `1.3 ms`: three digits are enough.
  static func duration(_ nanoseconds: UInt64) -> String {
    switch nanoseconds {
    case ..<1000: "\(nanoseconds) ns"
    case ..<1_000_000: "\(rounded(Double(nanoseconds) / 1e3, 1)) µs"
    default: "\(rounded(Double(nanoseconds) / 1e6, 1)) ms"
    }
  }
}

/// The number with so many decimals.
func rounded(_ value: Double, _ decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
  let whole = (value * scale).rounded()
  guard decimals > 0 else { return "\(Int(whole))" }
  return "\(whole / scale)"
}
