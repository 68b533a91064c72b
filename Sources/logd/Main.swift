internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform
internal import LogdServer

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logd",
    abstract: "Collects the log records of many processes and writes them into one file.",
    discussion: """
      Runs in the foreground. SIGTERM and SIGINT write what is in the rings and end it, a second \
      one ends it at once.

      Without a service manager (NOTIFY_SOCKET) a small parent, logd-supervisor, starts it again \
      when it dies, holds meanwhile what clients need to notice nothing, and passes signals on: \
      signal the parent. The next daemon is what the program's name leads to then, so an upgrade \
      is replacing the file and ending the daemon by kill -9.

      Without --config it reads /etc/logd/logd.toml and /etc/logd/logd.toml.d/*.toml as root or as \
      a system service, else $XDG_CONFIG_HOME/logd/logd.toml; none of them has to exist. \
      config/logd.toml in the sources describes every key.

      Exit codes: 64 usage, 69 unavailable, 73 cannot create, 74 I/O error, 75 another instance \
      runs, 77 not permitted, 78 configuration.

      Examples:
        logd --runtime-dir /tmp/logd-test --log-file /tmp/logd-test/logd.log
        logd --set file.format=json --set order.window=10ms --check-config
        logd --print-config > /etc/logd/logd.toml
      """,
    version: Version.text)

  @Option(help: "Read this file instead of the usual ones.")
  var config: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set one key, after all files. May be repeated.", valueName: "section.key=value"))
  var assignments: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where the sockets are. Default: $LOGD_RUNTIME_DIR, else /run/logd, or for an ordinary user "
        + "$XDG_RUNTIME_DIR/logd.", valueName: "dir"))
  var runtimeDir: String?

  @Option(
    help: ArgumentHelp(
      "The log file. Default: file.path, else /var/log/logd/logd.log, or for an ordinary user "
        + "$XDG_STATE_HOME/logd/logd.log.", valueName: "file"))
  var logFile: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Run under a supervisor. Default: unless NOTIFY_SOCKET says that there is one.")
  var supervise: Bool?

  @Flag(help: "Say whether the configuration and the paths are right, and end.")
  var checkConfig = false

  @Flag(help: "Print the configuration in force as TOML, and end.")
  var printConfig = false

  func validate() throws {
    if let wrong = assignments.first(where: { !$0.contains("=") }) {
      throw ValidationError("--set takes SECTION.KEY=VALUE, not \"\(wrong)\"")
    }
    // A variable of a script that is not set; as a path it would be the current directory.
    let paths = [("--config", config), ("--runtime-dir", runtimeDir), ("--log-file", logFile)]
    if let (option, _) = paths.first(where: { $0.1 == "" }) {
      throw ValidationError("\(option) takes a path, not \"\"")
    }
  }

  func run() throws {
    let code = Start(
      config: config, assignments: assignments, runtimeDirectory: runtimeDir, logFile: logFile,
      supervise: supervise, checksConfig: checkConfig, printsConfig: printConfig
    ).run()
    throw ArgumentParser.ExitCode(code)
  }

  /// A service manager starts it without an argument, and then there is nothing to parse: the parser would
  /// make each restart some milliseconds longer.
  static func main() {
    if CommandLine.arguments.count > 1 { return main(nil) }
    exit(withError: ArgumentParser.ExitCode(Start().run()))
  }
}
