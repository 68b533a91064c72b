import Glibc
import LogdPlatform
import Testing

@testable import LogdServer

@Suite struct `Where the files are` {
  private func paths(
    user: UInt32, _ variables: [String: String] = [:], runtimeDirectory: String? = nil,
    logFile: String? = nil, _ configuration: Configuration = Configuration()
  ) throws(StartupError) -> RuntimePaths {
    try RuntimePaths(
      runtimeDirectory: runtimeDirectory, logFile: logFile, configuration: configuration,
      environment: Environment(userID: user, variables: variables))
  }

  @Test(
    arguments: [
      (0, [:], "/run/logd", "/var/log/logd/logd.log"),
      (
        0, ["XDG_RUNTIME_DIR": "/run/user/0", "HOME": "/root"], "/run/logd",
        "/var/log/logd/logd.log"
      ),
      (99, ["RUNTIME_DIRECTORY": "/run/logd"], "/run/logd", "/var/log/logd/logd.log"),
      (7, ["HOME": "/home/u"], "/tmp/logd-7", "/home/u/.local/state/logd/logd.log"),
      (
        7, ["HOME": "/home/u", "XDG_RUNTIME_DIR": "/run/user/7", "XDG_STATE_HOME": "/s"],
        "/run/user/7/logd", "/s/logd/logd.log"
      ),
      (
        7, ["HOME": "/home/u", "XDG_RUNTIME_DIR": "relative", "XDG_STATE_HOME": ""],
        "/tmp/logd-7", "/home/u/.local/state/logd/logd.log"
      ),
      (
        7, ["HOME": "/home/u", "LOGD_RUNTIME_DIR": "/x//"], "/x",
        "/home/u/.local/state/logd/logd.log"
      ),
    ] as [(UInt32, [String: String], String, String)])
  func `the rules of the manual`(
    _ user: UInt32, _ variables: [String: String], _ directory: String, _ logFile: String
  ) throws {
    let paths = try paths(user: user, variables)
    #expect(paths.directory == directory)
    #expect(paths.logFile == logFile)
    #expect(paths.nativeSocket == "\(directory)/native.sock")
  }

  @Test func `an option beats the environment, and that the configuration`() throws {
    var configuration = Configuration()
    configuration.file.path = "/configured.log"
    let variables = ["HOME": "/h", "LOGD_RUNTIME_DIR": "/environment"]
    let chosen = try paths(
      user: 7, variables, runtimeDirectory: "/option", logFile: "/option.log", configuration)
    #expect(chosen.directory == "/option")
    #expect(chosen.logFile == "/option.log")
    let configured = try paths(user: 7, variables, configuration)
    #expect(configured.directory == "/environment")
    #expect(configured.logFile == "/configured.log")
  }

  @Test func `root asks the system's daemon, also where there is none now`() {
    let root = Environment(userID: 0, variables: ["XDG_RUNTIME_DIR": "/run/user/0"])
    #expect(root.clientRuntimeDirectory(option: nil) == "/run/logd")
    #expect(root.clientRuntimeDirectory(option: "/tmp/x") == "/tmp/x")
    let named = Environment(userID: 0, variables: ["LOGD_RUNTIME_DIR": "/tmp/y"])
    #expect(named.clientRuntimeDirectory(option: nil) == "/tmp/y")
  }

  @Test func `relative names become absolute`() throws {
    let here = try Directory.absolute("run")
    #expect(here.hasPrefix("/") && here.hasSuffix("/run"))
    #expect(try paths(user: 0, runtimeDirectory: "run").directory == here)
  }

  @Test func `a user without a home has to say where the log is`() {
    let error = #expect(throws: StartupError.self) { try paths(user: 7) }
    #expect(error?.exitCode == .configuration)
  }

  @Test(arguments: [(107 - 13, nil), (107 - 12, LogdPlatform.ExitCode.usage)])
  func `a socket's name has at most 107 bytes`(_ bytes: Int, _ code: LogdPlatform.ExitCode?) {
    let characters = String(repeating: "é", count: (bytes - 1) / 2)
    let directory = "/" + characters + (bytes.isMultiple(of: 2) ? "x" : "")
    #expect(directory.utf8.count == bytes)
    var thrown: LogdPlatform.ExitCode?
    do {
      _ = try paths(user: 0, runtimeDirectory: directory)
    } catch {
      thrown = error.exitCode
    }
    #expect(thrown == code)
  }

  @Test(
    arguments: [(0o700, nil), (0o755, nil), (0o775, .notPermitted), (0o1777, .notPermitted)]
      as [(UInt32, LogdPlatform.ExitCode?)])
  func `nobody else may write to the runtime directory`(
    _ mode: UInt32, _ code: LogdPlatform.ExitCode?
  ) throws {
    let log = TemporaryLog()
    let directory = "\(log.directory)/run"
    _ = try Directory.make(directory, mode: mode)
    #expect(
      failure(of: try paths(user: getuid(), runtimeDirectory: directory, logFile: "/x")) == code)
  }

  @Test func `it must be ours, a directory and no link`() throws {
    let log = TemporaryLog()
    log.append("")
    let file = try paths(user: getuid(), runtimeDirectory: log.path, logFile: "/x")
    #expect(failure(of: file) == .cannotCreate)
    unsafe _ = symlink(log.directory, "\(log.directory)/link")
    let link = try paths(
      user: getuid(), runtimeDirectory: "\(log.directory)/link", logFile: "/x")
    #expect(failure(of: link) == .cannotCreate)
    _ = try Directory.make("\(log.directory)/alien", mode: 0o755)
    unsafe _ = chown("\(log.directory)/alien", 12_345, .max)
    let alien = try paths(
      user: getuid(), runtimeDirectory: "\(log.directory)/alien", logFile: "/x")
    if getuid() == 0 { #expect(failure(of: alien) == .notPermitted) }
  }

  @Test func `what is missing is made, for others to reach when somebody chose the place`() throws {
    let log = TemporaryLog()
    let state = "\(log.directory)/a/b"
    let user = try paths(
      user: getuid() == 0 ? 0 : getuid(), ["XDG_STATE_HOME": state, "HOME": "/h"],
      runtimeDirectory: "\(log.directory)/run", logFile: getuid() == 0 ? "/x" : nil)
    try user.prepare()
    let status = try FileStatus(of: "\(log.directory)/run")
    #expect(status.mode == 0o755)
    if getuid() != 0 { #expect(try FileStatus(of: "\(state)/logd").mode == 0o700) }
  }

  @Test func `all directories above are made`() throws {
    let log = TemporaryLog()
    try Directory.makeAll("\(log.directory)/a/b/c", mode: 0o711)
    for name in ["a", "a/b", "a/b/c"] {
      #expect(try FileStatus(of: "\(log.directory)/\(name)").mode == 0o711)
    }
    try Directory.makeAll("\(log.directory)/a/b/c", mode: 0o700)
    #expect(try FileStatus(of: "\(log.directory)/a/b/c").mode == 0o711)
  }

  private func failure(of paths: RuntimePaths) -> LogdPlatform.ExitCode? {
    do {
      try paths.prepare()
      return nil
    } catch {
      return error.exitCode
    }
  }
}
