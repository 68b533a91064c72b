internal import Testing

/// What `make ledger-cost` does with two builds, with one of them against itself.
@Suite struct `The comparison of two daemons` {
  @Test func `two rounds of each are run by turns, exact, and come to a ratio`() throws {
    let place = try Place()
    let logd = Program.logd.path
    let end = try place.run(
      .logbench,
      [
        "versus", "--against", logd, "--rounds", "2", "--records", "5000", "--dir", place.directory,
      ],
      within: .seconds(120))
    #expect(end.ending == .exited(0), "\(end.output)\(end.errors)")
    #expect(end.output.split(separator: "\n").count { $0.hasSuffix("sound") } == 2, "\(end.output)")
    #expect(end.output.contains("ratio of the medians: "), "\(end.output)")
  }
}
