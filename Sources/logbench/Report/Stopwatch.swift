internal import CLinux

/// Times single calls: by the processor's counter where the kernel makes its clock from it, because
/// the clock itself takes half as long as a log call; by CLOCK_MONOTONIC elsewhere.
struct Stopwatch: Sendable {
  /// 0: the clock.
  private let nanosecondsPerTick: Double

  /// Takes 50 ms, to find out how long a tick is.
  init() {
    guard clinux_ticks_make_clock() else {
      nanosecondsPerTick = 0
      return
    }
    let (ticks, time) = (clinux_ticks(), clinux_monotonic_ns())
    while clinux_monotonic_ns() - time < 50_000_000 {}
    nanosecondsPerTick =
      Double(clinux_monotonic_ns() - time) / Double(clinux_ticks() - ticks)
  }

  var name: String { nanosecondsPerTick > 0 ? "the processor's counter" : "CLOCK_MONOTONIC" }

  @inline(__always)
  func read() -> UInt64 { nanosecondsPerTick > 0 ? clinux_ticks() : clinux_monotonic_ns() }

  @inline(__always)
  func nanoseconds(from start: UInt64, to end: UInt64) -> UInt64 {
    nanosecondsPerTick > 0 ? UInt64(Double(end &- start) * nanosecondsPerTick) : end &- start
  }
}
