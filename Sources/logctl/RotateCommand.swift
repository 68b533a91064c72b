internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct RotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Make the log file an archive, and have a new one begun.",
    discussion: """
      Prints the path of the archive, to which nothing more is written. Ends with 1 if the log file \
      is empty: then it stays. Root, the daemon's own user and the members of listen.control.group \
      may do that.

      Example:
        logctl rotate
      """)

  @ParentCommand var main: Main

  func run() throws {
    try Ending.reporting {
      guard let archive = try main.daemon.connect().rotate() else {
        try Ending.fail(.incomplete, "the log file is empty, it stays")
      }
      try StandardOutput.write("\(archive)\n")
    }
  }
}
