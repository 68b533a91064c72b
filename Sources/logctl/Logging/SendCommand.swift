internal import ArgumentParser
internal import LogdClient
internal import LogdPlatform
internal import LogdWire

struct SendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Log a message, or each line of standard input.",
    discussion: """
      Ends when everything is in the file; with 1 when that takes more than 10 s, and says how many \
      records remain. A line of standard input that does not fit into a record becomes several, of \
      which all but the last have the field line_break=line_max.

      Examples:
        logctl send "backup done"
        logctl send --level err --ident backup --field disk=sdb --field code=5 "no space"
        dmesg --follow | logctl send --ident kernel
      """)

  @ParentCommand var main: Main

  @Option(
    name: .shortAndLong, help: "emerg, alert, crit, err, warning, notice, info or debug.",
    transform: FilterOptions.severity)
  var level = Severity.info

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The program's name in the log: A–Z a–z 0–9 . _ @ / + -", valueName: "name"))
  var ident = "logctl"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A field; integers, true and false keep their type. Can be repeated.", valueName: "key=value")
  )
  var field: [FieldArgument] = []

  @Argument(help: "What to log; default: each line of standard input.")
  var message: String?

  func run() throws {
    try Ending.reporting {
      let producer = try Producer(main.daemon, ident: ident, field, undelivered: .report)
      if let message {
        producer.log(level, message)
      } else {
        try sendLines(producer)
      }
      let remaining = producer.finish()
      if remaining > 0 {
        try Ending.fail(.incomplete, "\(remaining) records are not in the file yet")
      }
    }
  }

  private func sendLines(_ producer: Producer) throws {
    var lines = LineSplitter(bytesMax: producer.pieceBytesMax)
    let severity = level
    try InputStream.forEachBlock(of: 0) { block in
      lines.take(block) { line, end in
        producer.log(severity, bytes: line, lineBreak: end == .full ? "line_max" : nil)
      }
    }
    lines.finish { line, _ in producer.log(severity, bytes: line) }
  }
}
