internal import Synchronization

/// What the machine makes of a measurement of nothing, and of the least that a log call is made of: a reading
/// for its time, and an exchange before it looks whether the daemon sleeps.
struct BareCall: ~Copyable {
  private(set) var nothing = Histogram()
  private(set) var least = Histogram()
  private let word = Atomic<UInt64>(0)

  mutating func measure(_ count: Int, with watch: Stopwatch) {
    for _ in 0..<count {
      let start = watch.read()
      nothing.record(watch.nanoseconds(from: start, to: watch.read()))
    }
    for _ in 0..<count {
      let start = watch.read()
      _ = word.exchange(watch.read(), ordering: .sequentiallyConsistent)
      least.record(watch.nanoseconds(from: start, to: watch.read()))
    }
  }
}
