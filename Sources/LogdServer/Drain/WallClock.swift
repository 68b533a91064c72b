internal import LogdPlatform

/// What turns CLOCK_MONOTONIC into the time that is shown.
///
/// Both clocks are steered alike, so their distance changes only when somebody sets the wall clock.
/// It is looked at once a pass, and kept unless it has changed by more than the look can be wrong:
/// a thread that is preempted between its two readings would else shift a whole batch.
struct WallClock {
  private(set) var offset: Int64 = 0
  private var isKnown = false

  private static let attempts = 3
  /// Less than this is not worth a step in the file.
  private static let toleranceNanoseconds: UInt64 = 20_000

  mutating func update() {
    var best: (offset: Int64, error: UInt64)?
    for _ in 0..<Self.attempts {
      let before = Clock.monotonicNanoseconds()
      let wall = Clock.realtimeNanoseconds()
      let error = Clock.monotonicNanoseconds() &- before
      if error < best?.error ?? .max {
        best = (wall &- Int64(bitPattern: before &+ error / 2), error)
      }
      if error < Self.toleranceNanoseconds { break }
    }
    guard let best else { return }
    let change = (best.offset &- offset).magnitude
    guard !isKnown || change > max(best.error, Self.toleranceNanoseconds) else { return }
    offset = best.offset
    isKnown = true
  }
}
