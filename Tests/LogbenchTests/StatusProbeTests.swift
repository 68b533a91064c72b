import Testing

@testable import logbench

@Suite struct `How long an answer took` {
  /// Pauses before it, at its beginning, in it, at its end and after it.
  @Test func `what was withheld meanwhile does not count, and nothing else`() {
    let pauses: [ProcessorWatch.Pause] = [10..<20, 90..<110, 120..<150, 195..<230, 300..<400]
    #expect(StatusProbe.ownNs(100..<200, without: pauses) == 100 - 10 - 30 - 5)
    #expect(StatusProbe.ownNs(100..<200, without: []) == 100)
    #expect(StatusProbe.ownNs(240..<250, without: pauses) == 10)
    #expect(StatusProbe.ownNs(310..<320, without: pauses) == 0)
  }
}
