import Testing

@testable import logbench

@Suite struct `Two daemons by turns` {
  @Test func `each round begins with the one that ended the round before`() {
    #expect(VersusRun.turns(rounds: 1) == [.logd, .against])
    #expect(
      VersusRun.turns(rounds: 4)
        == [.logd, .against, .against, .logd, .logd, .against, .against, .logd])
  }

  @Test(arguments: [2, 10, 20])
  func `a machine that slows down steadily does so for both`(rounds: Int) {
    let turns = VersusRun.turns(rounds: rounds).enumerated()
    let logd = turns.filter { $0.element == .logd }.map(\.offset)
    let against = turns.filter { $0.element == .against }.map(\.offset)
    #expect(logd.count == rounds && against.count == rounds)
    #expect(logd.reduce(0, +) == against.reduce(0, +))
  }

  @Test func `the ratio is that of the medians, and one bad round does not move it`() {
    let comparison = Comparison([90, 100, 10], [100, 200, 100])
    #expect(comparison.median == 90 && comparison.medianAgainst == 100)
    #expect(comparison.ratio == 0.9)
  }

  @Test func `the spread is that of the rounds, each with its own partner`() {
    let comparison = Comparison([100, 50, 300], [100, 100, 100])
    #expect(comparison.ratioLeast == 0.5)
    #expect(comparison.ratioMedian == 1)
    #expect(comparison.ratioMost == 3)
  }
}
