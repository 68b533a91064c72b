internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct LevelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "level",
    abstract: "Show or set the least severity that is written.",
    discussion: """
      Producers send nothing below it any more, at once. It holds until the daemon reloads its \
      configuration or is started again, also after a crash: then filter.severity is in force. \
      Root, the daemon's own user and the members of listen.control.group may set it.

      Examples:
        logctl level
        logctl level warning
      """)

  @ParentCommand var main: Main

  @Argument(help: "emerg, alert, crit, err, warning, notice, info or debug.")
  var severity: Level?

  enum Level: String, CaseIterable, ExpressibleByArgument {
    case emerg, alert, crit, err, warning, notice, info, debug
  }

  func run() throws {
    try Ending.reporting {
      let client = try main.daemon.connect()
      if let severity { return try client.setSeverity(severity.rawValue) }
      try StandardOutput.write("\(try client.status().severity)\n")
    }
  }
}
