internal import Glibc
internal import LogdPlatform
internal import Testing

@Suite struct `Configuration of logd` {
  private func check(_ place: Place, _ arguments: [String]) throws -> Finished {
    try place.run(.logd, ["--log-file", place.logFile, "--check-config"] + arguments)
  }

  @Test(arguments: [
    ("[file]\nformat = \"xml\"\n", "2:10: file.format: expected \"text\" or \"json\""),
    ("[order]\n\n  windw = \"2ms\"\n", "3:3: order.windw: "),
    ("[order]\n\n  windw = \"2ms\"\n", "order.window"),
    ("[ring]\nsize = 3000\n", "2:8: ring.size: expected a size"),
    ("[file\n", "1:"),
    ("[filter]\nseverity = 3\n", "2:12: filter.severity: expected one of"),
  ])
  func `a wrong file is 78 with its place`(_ text: String, _ expected: String) throws {
    let place = try Place()
    try place.write(text, to: "logd.toml")
    let end = try check(place, ["--config", place.file("logd.toml")])
    #expect(end.ending == .exited(78))
    #expect(end.errors.hasPrefix("logd: \(place.file("logd.toml")):"))
    #expect(end.errors.contains(expected))
  }

  @Test func `all that is wrong is said at once`() throws {
    let place = try Place()
    try place.write("[file]\nsync = 1\nsink = 2\n[ring]\nsize = \"1\"\n", to: "logd.toml")
    let end = try check(place, ["--config", place.file("logd.toml"), "--set", "x.y=1"])
    #expect(end.ending == .exited(78))
    #expect(end.errors.split(separator: "\n").count == 4)
    #expect(end.errors.contains("logd: --set: x.y: "))
  }

  @Test func `a file that is asked for and missing is 78`() throws {
    let place = try Place()
    let end = try check(place, ["--config", place.file("missing.toml")])
    #expect(end.ending == .exited(78))
    #expect(end.errors.contains("missing.toml: cannot read it: No such file or directory"))
  }

  /// Whoever opens one to read waits until somebody opens it to write.
  @Test func `a FIFO is no configuration, at a start and at a reload`() throws {
    let place = try Place()
    let file = place.file("logd.toml")
    try place.write("", to: "logd.toml")
    let expected = "\(file): cannot read it: it is a FIFO, not a file"
    try withDaemon(in: place, ["--config", file]) { _ in
      try #require(unsafe unlink(file) == 0 && mkfifo(file, 0o600) == 0)
      for _ in 0..<2 {
        let reload = try place.run(.logctl, ["reload"])
        #expect(reload.ending == .exited(78))
        #expect(reload.errors.contains(expected))
      }
    }
    let end = try check(place, ["--config", file])
    #expect(end.ending == .exited(78))
    #expect(end.errors == "logd: \(expected)\n")
  }

  @Test func `a wrong configuration also keeps the daemon from starting`() throws {
    let place = try Place()
    let end = try place.run(.logd, ["--log-file", place.logFile, "--set", "file.sync=perhaps"])
    #expect(end.ending == .exited(78))
    #expect(end.errors.contains("--set: file.sync: expected"))
  }

  @Test func `the file that is shipped is right and says the defaults`() throws {
    let place = try Place()
    #expect(try check(place, ["--config", "config/logd.toml"]).ending == .exited(0))
    let shipped = try place.run(.logd, ["--print-config", "--config", "config/logd.toml"])
    let nothing = try place.run(.logd, ["--print-config", "--config", "/dev/null"])
    #expect(shipped.output == nothing.output)
  }

  @Test func `what is printed is read back as the same`() throws {
    let place = try Place()
    let changes = ["--set", "file.format=json", "--set", "order.window=10ms"]
    let printed = try place.run(.logd, ["--print-config", "--config", "/dev/null"] + changes)
    #expect(printed.ending == .exited(0))
    try place.write(printed.output, to: "printed.toml")
    let again = try place.run(.logd, ["--print-config", "--config", place.file("printed.toml")])
    #expect(again.output == printed.output)
    #expect(again.output.contains("format = \"json\""))
  }

  @Test func `a setting is in force`() throws {
    let place = try Place()
    try place.write("[file]\nformat = \"json\"\nmode = \"0600\"\n", to: "logd.toml")
    try withDaemon(in: place, ["--config", place.file("logd.toml")]) { _ in }
    #expect(try place.text(of: place.logFile).hasPrefix("{\"ts\":"))
    #expect(try FileStatus(of: place.logFile).mode == 0o600)
  }
}
