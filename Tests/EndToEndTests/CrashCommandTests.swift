internal import Glibc
internal import Testing

/// What `make soak` does for long, for seconds.
@Suite struct `logbench crash` {
  private func crash(_ kills: Int, _ options: [String]) throws {
    let usual = [
      "crash", "--kills", "\(kills)", "--producers", "4", "--pause", "30", "--pause", "120",
      "--ahead", "32",
    ]
    let place = try Place()
    let end = try place.run(
      .logbench, usual + ["--dir", place.directory] + options, within: .seconds(120))
    #expect(end.ending == .exited(0), "\(end.output)\(end.errors)")
    for part in ["kills of the daemon", "kill to next byte", "longest log call"] {
      #expect(end.output.contains(part), "\(part) in \(end.output)")
    }
  }

  /// P4, P5, P6.
  @Test func `under the supervisor nothing is lost, whoever is killed`() throws {
    try crash(20, ["--clients", "--rename"])
  }

  @Test func `restarted by a plain loop nothing of the living is lost`() throws {
    try crash(10, ["--no-supervise", "--rename"])
  }

  /// P12.
  @Test func `rotations under full load, killed in between, lose nothing`() throws {
    try crash(20, ["--clients", "--rotate"])
  }

  @Test(.enabled("only root can mount") { getuid() == 0 })
  func `a disk that is full now and then loses nothing`() throws {
    try crash(10, ["--enospc"])
  }
}
