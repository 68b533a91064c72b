internal import Glibc
internal import Testing

@Suite struct `Exit codes of logd` {
  /// Runs it to its end with a runtime directory and a log file that are right.
  private func logd(_ place: Place, _ arguments: [String]) throws -> Finished {
    try place.run(.logd, ["--log-file", place.logFile] + arguments)
  }

  @Test func `help and version are said on standard output`() throws {
    let place = try Place()
    let help = try place.run(.logd, ["--help"])
    #expect(help.ending == .exited(0) && help.output.contains("Exit codes: 64 usage"))
    let version = try place.run(.logd, ["--version"])
    #expect(version.ending == .exited(0))
    #expect(version.output.split(separator: ".").count == 3)
  }

  @Test(arguments: [["--no-such-option"], ["surplus"], ["--set", "no-equals-sign"], ["--config"]])
  func `wrong arguments are 64`(_ arguments: [String]) throws {
    let end = try logd(Place(), arguments)
    #expect(end.ending == .exited(64))
    #expect(end.errors.contains("Usage: logd"))
  }

  // MARK: paths

  @Test func `a runtime directory too long for a socket is 64 as an option`() throws {
    let long = "/tmp/" + String(repeating: "x", count: 100)
    let end = try logd(Place(), ["--runtime-dir", long])
    #expect(end.ending == .exited(64))
    #expect(end.errors.contains("too long for a socket"))
    #expect(end.errors.contains("the limit is 107"))
  }

  @Test(arguments: [0o775, 0o757, 0o777] as [mode_t])
  func `a runtime directory that others can write is 77`(mode: mode_t) throws {
    let place = try Place()
    #expect(unsafe mkdir(place.runtimeDirectory, 0o700) == 0)
    #expect(unsafe chmod(place.runtimeDirectory, mode) == 0)
    let end = try logd(place, [])
    #expect(end.ending == .exited(77))
    #expect(end.errors.contains("others can write to the runtime directory"))
    #expect(end.errors.contains("chmod go-w"))
  }

  @Test(.enabled("only root can give a directory away") { getuid() == 0 })
  func `a runtime directory of another user is 77`() throws {
    let place = try Place()
    #expect(unsafe mkdir(place.runtimeDirectory, 0o700) == 0)
    #expect(unsafe chown(place.runtimeDirectory, 12_345, 12_345) == 0)
    let end = try logd(place, [])
    #expect(end.ending == .exited(77))
    #expect(end.errors.contains("belongs to user 12345"))
  }

  /// As root only without the rights that let him open everything.
  @Test func `a runtime directory in which one may not write is 77`() throws {
    let place = try Place()
    #expect(unsafe mkdir(place.runtimeDirectory, 0o700) == 0)
    let ledger = unsafe open(place.runtimeDirectory + "/ledger", O_CREAT | O_CLOEXEC, 0)
    #expect(ledger >= 0)
    close(ledger)
    let withoutRights = geteuid() == 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : []
    let end = try place.run(
      .env, withoutRights + [Program.logd.path, "--no-supervise", "--log-file", place.logFile])
    #expect(end.ending == .exited(77))
    #expect(end.errors.contains("run logd as the owner of \(place.runtimeDirectory)"))
  }

  @Test func `a runtime directory that is a link is refused`() throws {
    let place = try Place()
    #expect(unsafe symlink(place.directory, place.runtimeDirectory) == 0)
    let end = try logd(place, [])
    #expect(end.ending == .exited(73))
    #expect(end.errors.contains("is not a directory"))
  }

  @Test func `a log file that is a directory is 73`() throws {
    let place = try Place()
    let end = try logd(place, ["--log-file", place.directory])
    #expect(end.ending == .exited(73))
    #expect(end.errors.contains("Is a directory"))
  }

  @Test func `a log file that is a pipe is 73, and nothing waits for a reader`() throws {
    let place = try Place()
    #expect(unsafe mkfifo(place.logFile, 0o600) == 0)
    #expect(try logd(place, []).ending == .exited(73))
  }

  @Test func `a log file in a directory that is not there is 73`() throws {
    let place = try Place()
    let end = try logd(place, ["--log-file", place.file("missing/logd.log")])
    #expect(end.ending == .exited(73))
    #expect(end.errors.contains("No such file or directory"))
  }
}
