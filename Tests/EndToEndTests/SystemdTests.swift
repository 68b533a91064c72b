internal import FoundationEssentials
internal import Glibc
internal import LogdPlatform
internal import Testing

/// The installed units under a real systemd: `Tests/systemd-scenario` does and counts, in the
/// throwaway system of `Tests/with-systemd`. `LOGD_SYSTEMD_FULL` in the environment asks for the
/// full numbers, for which nobody should wait in each run.
@Suite(.enabled(if: geteuid() == 0, "with-systemd needs root")) struct `Under systemd` {
  private static var isFull: Bool { unsafe getenv("LOGD_SYSTEMD_FULL") != nil }

  /// Each record that a producer logged was written once, or the scenario fails.
  private func play(
    _ scenario: String, _ usual: Int? = nil, full: Int? = nil, within limit: Int = 60
  ) throws {
    let directory = FileManager.default.currentDirectoryPath
    let number = (Self.isFull ? full ?? usual : usual).map { ["\($0)"] } ?? []
    let seconds = Self.isFull ? 600 : limit
    let place = try Place()
    let binaries = URL(filePath: Program.directory).path
    let finished = try place.run(
      .withSystemd,
      ["--timeout", "\(seconds)", "--bind", directory, "--bind", binaries, "--"]
        + ["env", "LOGD_BIN_DIR=\(binaries)", "\(directory)/Tests/systemd-scenario", scenario]
        + number,
      within: .seconds(seconds + 20))
    print(finished.output)
    #expect(finished.ending == .exited(0), "\(finished.errors)\n\(finished.output)")
  }

  @Test func `nothing is to be said against the units, and sockets come and go together`() throws {
    try play("units")
  }

  @Test func `the first client starts the daemon by its socket`() throws {
    try play("first-client")
  }

  @Test func `a start that fails is not repeated at once, and cured without help`() throws {
    try play("wrong-configuration")
  }

  @Test func `kill -9 under load loses and doubles nothing, also of producers that come and go`()
    throws
  {
    try play("kill", 10, full: 100)
  }

  @Test func `a datagram starts the daemon, and kills and restarts cost a stream of lines nothing`()
    throws
  {
    try play("text", 5, full: 50)
  }

  @Test func `the hardened unit rotates and compresses, and nothing is lost`() throws {
    try play("rotation")
  }

  @Test func `the hardened unit gives the file and its archives to a group`() throws {
    try play("group")
  }

  @Test func `journald gets a copy, and stopped or killed it costs nothing else`() throws {
    try play("journald")
  }

  @Test func `in the place of the file journald gets every record, stuck or killed`() throws {
    try play("journald-only", within: 200)
  }

  @Test func `journald takes over from a full disk, and each record is in one of both`() throws {
    try play("journald-fallback", within: 240)
  }

  @Test func `journald takes over from a failing disk and a file that cannot be made`() throws {
    try play("journald-faults", within: 240)
  }

  @Test func `a reload changes what journald gets, and nothing is lost or doubled`()
    throws
  {
    try play("journald-reload", within: 240)
  }

  @Test func `restarts under load lose and double nothing`() throws {
    try play("restart", 5, full: 50)
  }

  @Test func `stop, then start, with living producers`() throws {
    try play("stop-start", 2, full: 20)
  }

  @Test func `an upgrade by replacing the program`() throws {
    try play("upgrade")
  }

  @Test func `the watchdog ends a stopped daemon, and it comes back`() throws {
    try play("watchdog")
  }

  @Test func `a hung disk does not make the watchdog bark`() throws {
    try play("frozen", 3, full: 10)
  }

  @Test func `a disk that is read-only while logd is down, and then is not`() throws {
    try play("read-only")
  }

  @Test func `a crowd of clients is back after a kill`() throws {
    try play("crowd", 500, full: 4000)
  }

  @Test func `a stream of short-lived clients costs the service manager next to nothing`() throws {
    try play("churn", 2, full: 10)
  }

  @Test func `the packages are installed, upgraded under load, and purged without a trace`() throws
  {
    try play("package", within: 300)
  }
}
