internal import ArgumentParser
internal import CLinux
internal import LogdControl
internal import LogdPlatform

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the daemon is.",
    discussion: """
      The state first: running; degraded, when records do not reach the file, and why; draining, \
      when it is about to end.

      Examples:
        logctl status
        logctl status --watch
        logctl status --json | jq .records_dropped
      """)

  @ParentCommand var main: Main

  @Flag(help: "Print one JSON object; with --watch, one a line.")
  var json = false

  @Flag(
    help: """
      Show it again every second, until interrupted. On a terminal it stays while the daemon is \
      restarted.
      """)
  var watch = false

  func run() throws {
    try Ending.reporting {
      var client: ControlClient? = try main.daemon.connect()
      var before: StatusSnapshot?
      while true {
        do {
          let asked = try client ?? main.daemon.connect()
          client = asked
          let status = try asked.status()
          try show(status, since: before)
          if !watch { return }
          before = status
        } catch let error as ControlError {
          guard watch, !json, before != nil, let size = StandardOutput.terminalSize else {
            throw error
          }
          client = nil
          let lines = [StyledLine("\(error)", .red)]
          try StandardOutput.write(Screen.frame(lines, isFirst: false, size, Style.current))
        }
        _ = clinux_poll(-1, 0, 1000)  // a sleep; a signal may cut it short, no harm
      }
    }
  }

  private func show(_ status: StatusSnapshot, since before: StatusSnapshot?) throws(Errno) {
    if json { return try StandardOutput.write(status.json + [UInt8(ascii: "\n")]) }
    let style = Style.current
    let lines = StatusView(status, since: before).lines
    if watch, let size = StandardOutput.terminalSize {
      try StandardOutput.write(Screen.frame(lines, isFirst: before == nil, size, style))
    } else {
      let gap = before == nil ? "" : "\n"
      try StandardOutput.write(gap + lines.map { $0.text(style) + "\n" }.joined())
    }
  }
}
