internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct FlushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush",
    abstract: "Wait until everything that was logged before is in the file.",
    discussion: """
      Ends with 1 when the time is over, and says how many records remain; they are written \
      nevertheless.

      Examples:
        logctl flush
        logctl flush --durable --timeout 1min
      """)

  @ParentCommand var main: Main

  @Flag(help: "Wait until it is on the disk (fdatasync), too.")
  var durable = false

  @Option(
    help: ArgumentHelp("How long to wait: ms, s, min, h.", valueName: "duration"),
    transform: { text in
      guard let nanoseconds = Quantity.nanoseconds(text), nanoseconds <= 86_400_000_000_000 else {
        throw ValidationError("expected a duration up to 24h, such as 500ms or 10s")
      }
      return Int(nanoseconds / 1_000_000)
    })
  var timeout = 10_000

  func run() throws {
    try Ending.reporting {
      do {
        try main.daemon.connect().flush(durable: durable, timeoutMilliseconds: timeout)
      } catch let error as ControlError {
        guard case .refused(_, let remaining?, _) = error else { throw error }
        let state = durable ? "on the disk" : "in the file"
        try Ending.fail(
          .incomplete, "flush timed out: \(remaining) records are not \(state) yet")
      }
    }
  }
}
