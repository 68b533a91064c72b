internal import Testing

/// What `logbench doors` does with a million records, with fewer.
@Suite struct `The doors` {
  @Test(arguments: ["text", "json"])
  func `the same records through C, Swift, swift-log and Python are exact`(format: String) throws {
    let place = try Place()
    let end = try place.run(
      .logbench,
      ["doors", "--total", "80000", "--dir", place.directory, "--format", format],
      within: .seconds(120))
    #expect(end.ending == .exited(0), "\(end.output)\(end.errors)")
    for door in ["logd", "c", "swift-log", "python"] {
      let account = "\(door) N=4: 120000 calls = 120000 written + 0 dropped"
      #expect(end.output.contains(account), "\(end.output)")
    }
  }

  @Test(arguments: ["swift", "c", "swift-log", "python"])
  func `fields come through each door as they were given`(door: String) throws {
    let place = try Place()
    let fields = door == "swift-log" ? "1" : "5"
    let end = try place.run(
      .logbench,
      [
        "load", "--through", door, "--records", "5000", "--fields", fields, "--dir",
        place.directory,
      ],
      within: .seconds(60))
    #expect(end.ending == .exited(0), "\(end.output)\(end.errors)")
    #expect(end.output.contains("100000 calls = 100000 written + 0 dropped"), "\(end.output)")
  }

  @Test func `the latency of the doors stands beside that of the client`() throws {
    let place = try Place()
    let end = try place.run(
      .logbench, ["latency", "--calls", "20000", "--dir", place.directory], within: .seconds(60))
    #expect(end.ending == .exited(0), "\(end.output)\(end.errors)")
    for row in ["log call  ", "through C  ", "through swift-log  "] {
      #expect(end.output.contains(row), "\(end.output)")
    }
  }
}
