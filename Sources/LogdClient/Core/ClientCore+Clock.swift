internal import CLinux

// The time of a call, CLOCK_MONOTONIC, without asking the clock each time, which takes longer than
// to write the record: where the kernel makes its clock from the processor's counter, so do we.
// A reading of both is the base; the counter's distance from it, times the rate since the base
// before, is the time since. A base reaches a millisecond: so long what the two readings were apart
// makes less than a microsecond, usually a tenth of one. Behind that (and before, should the counter
// have been set) the clock is asked again, and is the next base.
// While two rates in a row differ by more than a thousandth, each call asks the clock.
//
// The words belong to the holder of the lock; a signal handler that interrupts him gets no record,
// and no time either. A child begins without a base: its clock may be another one. (One that a handler
// forked out of this very code, and that returns to it after it has logged, may be wrong for a
// millisecond.)
extension ClientCore {
  /// What a base reaches, in ticks: a power of two, about a millisecond.
  private static var reach: UInt64 { 1 << 21 }
  /// The rate is not taken from bases that are further apart.
  private static var apart: UInt64 { 1 << 31 }
  /// Readings of counter and clock with more ticks between were interrupted.
  private static var together: UInt64 { 512 }

  /// For the holder of the lock.
  @inline(__always)
  func now() -> UInt64 {
    let reach = block.load(Block.clockReach)
    guard reach > 0 else { return readClock() }
    let passed = clinux_ticks() &- block.load(Block.clockTicks)
    guard passed < reach else { return readClock() }
    return block.load(Block.clockTime) &+ (passed &* block.load(Block.clockRate)) &>> 32
  }

  @inline(never)
  private func readClock() -> UInt64 {
    guard block.link.ticksMakeClock else { return clinux_monotonic_ns() }
    let ticks = clinux_ticks()
    let time = clinux_monotonic_ns()
    let between = clinux_ticks() &- ticks
    let passed = ticks &- block.load(Block.clockTicks)
    // Too far apart for a base, or too soon for a rate: the next call reads again. So it does when
    // another thread has just made a base: the counter was read before the lock was taken.
    guard between < Self.together, passed >= Self.reach, passed <= UInt64.max - Self.reach
    else { return time }
    let since = time &- block.load(Block.clockTime)
    let rate = passed < Self.apart && since < 1 << 32 ? (since &<< 32) / passed : 0
    let last = block.load(Block.clockRate)
    let difference = rate > last ? rate - last : last - rate
    block.store(difference < last / 1024 ? Self.reach : 0, at: Block.clockReach)
    block.store(rate, at: Block.clockRate)
    block.store(ticks, at: Block.clockTicks)
    block.store(time, at: Block.clockTime)
    return time
  }

  /// The next reading is the first one.
  func forgetClock() {
    block.store(0, at: Block.clockReach)
    block.store(0, at: Block.clockTicks)
  }
}
