import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

@Suite(.timeLimit(.minutes(2))) struct `The arguments of logd` {
  private let log = TemporaryLog()

  /// As an ordinary user's, so that /etc does not matter.
  private func logd(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, output: String, errors: String) {
    log.append("", to: "\(log.directory)/empty.toml")
    let config = arguments.contains("--config") ? [] : ["--config", "\(log.directory)/empty.toml"]
    return try ControlProgram.run("logd", arguments + config, environment: environment)
  }

  @Test func `a good configuration is said to be right`() throws {
    #expect(
      try logd("--check-config", "--runtime-dir", "/tmp/x", "--log-file", "/tmp/y") == (
        0, "the configuration is right\n", ""
      ))
  }

  @Test func `the configuration in force is printed, and can be read again`() throws {
    let first = try logd("--print-config", "--set", "order.window=7ms")
    #expect(first.exitCode == 0)
    #expect(first.output.contains("\n[order]\nwindow = \"7ms\"\n"))
    log.append(first.output, to: "\(log.directory)/again.toml")
    let again = try logd("--print-config", "--config", "\(log.directory)/again.toml")
    #expect(again == first)
  }

  @Test func `a wrong file ends with 78, each problem on a line of its own`() throws {
    let path = "\(log.directory)/wrong.toml"
    log.append("[ring]\nsize = \"big\"\nsise = 1\n", to: path)
    let result = try logd("--config", path)
    let text = """
      logd: \(path):2:8: ring.size: expected a size from 4KiB to 1GiB, a power of two, found "big"
      logd: \(path):3:1: ring.sise: unknown key; the nearest is ring.size

      """
    #expect(result == (78, "", text))
  }

  @Test func `a file that is not there ends with 78`() throws {
    let result = try logd("--config", "/nowhere/logd.toml", "--check-config")
    #expect(
      result == (78, "", "logd: /nowhere/logd.toml: cannot read it: No such file or directory\n"))
  }

  @Test(arguments: [
    ["--nothing"], ["--set", "ring"], ["--config"], ["extra"],
    ["--check-config", "--runtime-dir", ""], ["--check-config", "--log-file", ""],
    ["--check-config", "--config", ""],
    ["--check-config", "--runtime-dir", "/tmp/" + String(repeating: "x", count: 100)],
  ])
  func `usage errors end with 64`(_ arguments: [String]) throws {
    let result = try ControlProgram.run("logd", arguments)
    #expect(result.exitCode == 64)
    #expect(!result.errors.isEmpty)
  }

  @Test func `a path from the environment that is too long ends with 78`() throws {
    let long = "/tmp/" + String(repeating: "x", count: 100)
    let result = try logd("--check-config", environment: ["LOGD_RUNTIME_DIR": long])
    #expect(result.exitCode == 78)
    #expect(result.errors.contains("the limit is 107"))
  }

  @Test func `a runtime directory that others can write ends with 77`() throws {
    let directory = "\(log.directory)/open"
    _ = try Directory.make(directory, mode: 0o777)
    let result = try logd("--runtime-dir", directory, "--log-file", log.path)
    let text = """
      logd: others can write to the runtime directory \(directory) (mode 777): use chmod go-w

      """
    #expect(result == (77, "", text))
  }

  @Test func `a runtime directory that cannot be made ends with 73`() throws {
    let result = try logd("--runtime-dir", "/proc/nothing/logd", "--log-file", log.path)
    #expect(result.exitCode == 73)
    #expect(result.errors.hasPrefix("logd: cannot create the runtime directory /proc/nothing/logd"))
  }

  @Test func `a log file that cannot be made ends with 73`() throws {
    let result = try logd(
      "--runtime-dir", "\(log.directory)/run", "--log-file", "/nowhere/logd.log")
    #expect(result.exitCode == 73)
    #expect(result.errors.contains("/nowhere/logd.log"))
  }

  @Test func `help and version`() throws {
    let help = try logd("--help")
    #expect(help.exitCode == 0)
    for option in ["--config", "--set", "--runtime-dir", "--log-file", "--check-config"] {
      #expect(help.output.contains(option))
    }
    #expect(try logd("--version") == (0, Version.text + "\n", ""))
  }
}
