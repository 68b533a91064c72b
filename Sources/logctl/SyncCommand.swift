internal import ArgumentParser
internal import LogdControl

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Wait until everything that was logged before is on the disk.",
    discussion: """
      As flush --durable. Ends with 1 when that takes longer than ten seconds, and says how many \
      records remain. Root, the daemon's own user and the members of listen.control.group may do \
      that.

      Example:
        logctl sync
      """)

  @ParentCommand var main: Main

  func run() throws {
    try Ending.reporting {
      try Ending.reportingTimeout(of: "sync", isDurable: true) { () throws(ControlError) in
        try main.daemon.connect().sync(timeoutMilliseconds: 10_000)
      }
    }
  }
}
