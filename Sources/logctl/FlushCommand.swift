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
      try Ending.reportingTimeout(of: "flush", isDurable: durable) { () throws(ControlError) in
        try main.daemon.connect().flush(durable: durable, timeoutMilliseconds: timeout)
      }
    }
  }
}

extension Ending {
  /// Runs what waits for records; when it timed out, says how many remain.
  static func reportingTimeout(
    of command: String, isDurable: Bool, _ body: () throws(ControlError) -> Void
  ) throws {
    do throws(ControlError) {
      try body()
    } catch {
      guard case .refused(_, let remaining?, _) = error else { throw error }
      let state =
        switch remaining {
        case 0 where isDurable: "all is in the file, and not all on the disk yet"
        case 0: "not all is read yet that clients without a ring have sent"
        default: "\(remaining) records are not in the file yet"
        }
      try fail(.incomplete, "\(command) timed out: \(state)")
    }
  }
}
