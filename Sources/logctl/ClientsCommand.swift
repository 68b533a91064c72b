internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct ClientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clients",
    abstract: "Show who logs: one line a client.",
    discussion: """
      RING is how full the client's ring is, LAG the age of its oldest record that is not in the \
      file. DROPPED counts records that the client itself gave up because its ring was full.

      Examples:
        logctl clients
        logctl clients --json | jq '.clients[] | select(.dropped > 0)'
      """)

  @ParentCommand var main: Main

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try Ending.reporting {
      let clients = try main.daemon.connect().clients()
      if json {
        var text = JSONText()
        text.object { json in
          json.member("clients")
          json.array(clients) { client, json in client.append(to: &json) }
        }
        try StandardOutput.write(text.bytes + [UInt8(ascii: "\n")])
      } else {
        let style = Style.current
        let lines = ClientTable(clients, since: nil).lines
        try StandardOutput.write(lines.map { $0.text(style) + "\n" }.joined())
      }
    }
  }
}
