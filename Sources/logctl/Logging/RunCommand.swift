internal import ArgumentParser
internal import Glibc
internal import LogdClient
internal import LogdPlatform
internal import LogdWire

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command whose output becomes records.",
    discussion: """
      Each line that the command, or what it starts, writes to standard output or standard error \
      is a record. One that does not fit becomes several, of which all but the last have the field \
      line_break=line_max; a last line without a newline has line_break=eof. Standard input is the \
      command's. Ends when nobody holds the streams any more, with the command's exit code, or by \
      the signal that ended it; 127: there is no such command, 126: it cannot be executed. Signals \
      that are sent to logctl are passed on. While there is no daemon the command waits as soon as \
      the buffer is full.

      Examples:
        logctl run -- make test
        logctl run --ident nightly --stderr-level warning -- /usr/local/bin/backup --all
      """)

  @ParentCommand var main: Main

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The name in the log. Default: that of the command.", valueName: "name"))
  var ident: String?

  @Option(
    name: .shortAndLong, help: "The severity of standard output.",
    transform: FilterOptions.severity)
  var level = Severity.info

  @Option(help: "The severity of standard error.", transform: FilterOptions.severity)
  var stderrLevel = Severity.error

  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("a command is expected after --") }
  }

  func run() throws {
    try Ending.reporting {
      let name = command[0].split(separator: "/").last.map(String.init) ?? command[0]
      let producer = try Producer(
        main.daemon, ident: ident ?? name, undelivered: .standardError)
      let streams = CommandStreams(producer, level, stderrLevel)
      let running: RunningCommand
      do throws(CommandError) {
        running = try RunningCommand(command)
      } catch {
        try Ending.fail(error, "\(command[0]): \(error.errno)")
      }
      try streams.copy(running)
      let end = running.wait()
      let remaining = producer.finish()
      if remaining > 0 {
        StandardError.print("logctl: \(remaining) records are not in the file yet")
      }
      end.pass()
    }
  }
}
