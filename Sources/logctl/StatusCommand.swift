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
      if watch, !json, StandardOutput.isScreen { return try watchScreen() }
      let client = try main.daemon.connect()
      var before: StatusSnapshot?
      while true {
        let status = try client.status()
        try show(status, since: before)
        if !watch { return }
        before = status
        _ = clinux_poll(-1, 0, 1000)  // a sleep; a signal may cut it short, no harm
      }
    }
  }

  private func show(_ status: StatusSnapshot, since before: StatusSnapshot?) throws(Errno) {
    if json { return try StandardOutput.write(status.json + [UInt8(ascii: "\n")]) }
    let style = Style.current
    let gap = before == nil ? "" : "\n"
    let lines = StatusView(status, since: before).lines
    try StandardOutput.write(gap + lines.map { $0.text(style) + "\n" }.joined())
  }

  /// Draws over and over, also while no daemon answers; a terminal that changes its size is drawn
  /// anew at once.
  private func watchScreen() throws {
    var client: ControlClient? = try main.daemon.connect()
    var screen = StatusScreen()
    var hasShown = false
    var drawn: (rows: Int, columns: Int)?
    while true {
      do {
        let asked = try client ?? main.daemon.connect()
        client = asked
        screen.show(try asked.status())
        hasShown = true
      } catch let error as ControlError {
        guard hasShown else { throw error }
        client = nil
        screen.show(trouble: "\(error)")
      }
      try draw(screen, &drawn)
      for _ in 0..<10 {
        _ = clinux_poll(-1, 0, 100)  // a sleep; a signal may cut it short, no harm
        let size = StandardOutput.terminalSize
        if size?.rows != drawn?.rows || size?.columns != drawn?.columns {
          try draw(screen, &drawn)
        }
      }
    }
  }

  private func draw(
    _ screen: StatusScreen, _ drawn: inout (rows: Int, columns: Int)?
  ) throws(Errno) {
    guard let size = StandardOutput.terminalSize else { return }
    let isNew = drawn.map { $0 != size } ?? true
    let lines = screen.lines(rows: size.rows, columns: size.columns)
    try StandardOutput.write(Screen.frame(lines, isFirst: isNew, size, Style.current))
    drawn = size
  }
}
