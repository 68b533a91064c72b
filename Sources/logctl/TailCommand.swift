internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct TailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Show the end of the log, and follow it.",
    discussion: """
      The daemon says where its file is; with --file none is needed.

      Examples:
        logctl tail
        logctl tail -n 100 -f
        logctl tail --file /var/log/logd/logd.log | grep task=42
      """)

  @ParentCommand var main: Main

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("How many lines.", valueName: "count"))
  var lines = 10

  @Flag(
    name: .shortAndLong,
    help: "Go on with what is written, also after the file was renamed and made anew.")
  var follow = false

  @Option(help: ArgumentHelp("This log instead of the daemon's.", valueName: "file"))
  var file: String?

  func validate() throws {
    if lines < 0 { throw ValidationError("-n takes 0 or more") }
  }

  func run() throws {
    try Ending.reporting {
      let path = try file ?? main.daemon.connect().status().file.path
      let paint = LinePaint(Style.current)
      var tail = try LogTail(path, lines: lines)
      try tail.copy { try StandardOutput.write(paint($0)) }
      guard follow else { return try tail.copyUnfinished { try StandardOutput.write($0) } }
      let watch = try LogTail.watch(path)
      while true {
        try tail.copy { try StandardOutput.write(paint($0)) }
        try watch.wait()
      }
    }
  }
}
