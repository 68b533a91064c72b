/// Counts of durations in buckets that are at most 1/128 of their value wide, as HdrHistogram does:
/// fixed memory, and recording is two additions.
struct Histogram: Sendable {
  /// A power of two splits into 2^7 buckets.
  private static let bits = 7
  private var counts = [Int](repeating: 0, count: (65 - bits) << bits)
  private(set) var count = 0
  private(set) var max: UInt64 = 0

  @inline(__always)
  mutating func record(_ value: UInt64) {
    counts[Self.bucket(value)] += 1
    count += 1
    if value > max { max = value }
  }

  /// The least value that at least this share of all does not exceed, rounded up to its bucket's end.
  func value(at share: Double) -> UInt64 {
    var left = Int((share * Double(count)).rounded(.up))
    for (bucket, count) in counts.enumerated() where count > 0 {
      left -= count
      if left <= 0 { return min(Self.lastValue(of: bucket), max) }
    }
    return max
  }

  /// Values below 2^8 have a bucket each; above, the highest eight bits choose.
  @inline(__always)
  private static func bucket(_ value: UInt64) -> Int {
    let shift = Swift.max(0, 63 - bits - value.leadingZeroBitCount)
    return shift << bits + Int(value >> UInt64(shift))
  }

  private static func lastValue(of bucket: Int) -> UInt64 {
    let shift = Swift.max(0, bucket >> bits - 1)
    // The last bucket of all ends where the numbers end: 2^64 is 0, and one less is the greatest.
    return (UInt64(bucket - shift << bits) + 1) << UInt64(shift) &- 1
  }
}
