import CLinux
import Testing

@testable import LogdClient

/// The time of a call is made from the processor's counter, where the kernel does so too.
@Suite(.timeLimit(.minutes(2))) struct `The clock of a call` {
  let client: LogClient = {
    var options = LogClientOptions()
    options.runtimeDirectory = "/nowhere"
    return LogClient(ident: "clock", options: options)
  }()

  private var block: Block { client.core.block }

  private func becomeSteady() {
    while clinux_ticks_make_clock(), block.load(Block.clockReach) == 0 { _ = client.core.now() }
  }

  /// How far the next time is outside of what the clock says before and after, nanoseconds.
  private func error() -> UInt64 {
    let before = clinux_monotonic_ns()
    let time = client.core.now()
    let after = clinux_monotonic_ns()
    return time < before ? before - time : time > after ? time - after : 0
  }

  @Test func `is CLOCK_MONOTONIC to a microsecond, whichever it is made from`() {
    var (worst, estimates) = (UInt64(0), 0)
    let end = clinux_monotonic_ns() + 200_000_000
    while clinux_monotonic_ns() < end {
      if block.load(Block.clockReach) > 0 { estimates += 1 }
      worst = max(worst, error())
    }
    #expect(worst < 1000)
    #expect((estimates > 1000) == clinux_ticks_make_clock(), "\(estimates) of the counter")
  }

  @Test(arguments: [-(1 << 40), -(1 << 22), 1 << 22, 1 << 40])
  func `is the same after the counter was set`(by ticks: Int64) {
    becomeSteady()
    block.store(block.load(Block.clockTicks) &- UInt64(bitPattern: ticks), at: Block.clockTicks)
    #expect(error() < 1000)
    let end = clinux_monotonic_ns() + 10_000_000
    var worst: UInt64 = 0
    while clinux_monotonic_ns() < end { worst = max(worst, error()) }
    #expect(worst < 1000)
  }

  /// A child may be in a time namespace of its own.
  @Test func `is read anew in a child`() {
    becomeSteady()
    block.store(0, at: Block.generation)
    block.store(block.load(Block.clockTime) + 3_600_000_000_000, at: Block.clockTime)
    client.info("the first of the child")
    #expect(error() < 1000)
  }
}
