/// How long a daemon that died stays dead.
///
/// At once the first time; while it goes on dying, 10 ms, doubled up to a second, so that a crash
/// loop costs next to nothing. One that was killed with -9 is not to blame: it is back at once
/// when it had run for a tenth of a second.
struct RestartDelay {
  private static let least: UInt64 = 10_000_000
  private static let most: UInt64 = 1_000_000_000
  /// After having run so long it starts at once.
  private static let enoughKilled: UInt64 = 100_000_000
  private static let enough: UInt64 = 10_000_000_000

  private var next: UInt64 = 0

  /// Nanoseconds until the next start of one that ran so many.
  mutating func next(ranNanoseconds: UInt64, wasKilled: Bool) -> UInt64 {
    if ranNanoseconds >= (wasKilled ? Self.enoughKilled : Self.enough) { next = 0 }
    defer { next = next == 0 ? Self.least : min(next * 2, Self.most) }
    return next
  }
}
