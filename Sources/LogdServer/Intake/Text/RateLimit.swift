/// So many records in an interval, of one client: `limits.rate_burst`, `limits.rate_interval`.
struct RateLimit {
  private let burst: Int
  private let intervalNanoseconds: UInt64
  private var begin: UInt64 = 0
  private var count = 0
  /// Since they were last taken.
  private var suppressed = 0

  init(_ limits: Configuration.Limits) {
    burst = limits.rateBurst
    intervalNanoseconds = limits.rateIntervalNanoseconds
  }

  /// Whether one more record may pass now; if not, it is counted.
  mutating func allows(_ now: UInt64) -> Bool {
    guard burst > 0 else { return true }
    if now &- begin >= intervalNanoseconds {
      begin = now
      count = 0
    }
    if count < burst {
      count += 1
      return true
    }
    suppressed += 1
    return false
  }

  /// How many were suppressed since the last call.
  mutating func takeSuppressed() -> Int {
    defer { suppressed = 0 }
    return suppressed
  }
}
