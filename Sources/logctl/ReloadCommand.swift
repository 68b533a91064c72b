internal import ArgumentParser
internal import LogdControl

struct ReloadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Have the daemon read its configuration again and open its file again.",
    discussion: """
      As SIGHUP does, and returns when it is done. With an error in the configuration the old one \
      stays in force: ends with 78 and says what is wrong. Root, the daemon's own user and the \
      members of listen.control.group may do that.

      Example:
        logctl reload
      """)

  @ParentCommand var main: Main

  func run() throws { try Ending.reporting { try main.daemon.connect().reload() } }
}
