internal import CLinux

/// Whether the processor computes as fast as it can. That of a virtual machine has but half of a core while
/// another machine on the same host uses the other half, and neither clock nor load shows it.
struct CoreSpeed {
  private static let additions = 200
  private static let probes = 2_000
  private let watch = Stopwatch()
  /// What the additions take at best.
  private let fastest: UInt64

  /// Takes some milliseconds, to find out how fast it can be.
  init() {
    var fastest = UInt64.max
    for _ in 0..<Self.probes { fastest = min(fastest, Self.probe(watch)) }
    self.fastest = fastest
  }

  /// Takes some microseconds.
  var isFull: Bool { Self.probe(watch) <= fastest + fastest / 8 }

  private static func probe(_ watch: Stopwatch) -> UInt64 {
    let start = watch.read()
    clinux_add(additions)
    return watch.nanoseconds(from: start, to: watch.read())
  }
}
