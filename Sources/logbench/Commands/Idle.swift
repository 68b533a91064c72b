internal import ArgumentParser
internal import CLinux

/// What connected clients cost that say nothing.
struct Idle: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Connects idle clients, and counts what the daemon does meanwhile.",
    discussion: """
      System calls are counted with strace when there is one. Without --ring each client asks for
      128 KiB, so that a thousand of them fit into what one user may have.
      """)

  @Option(help: "How many clients, all in one process.")
  var clients = 1000

  @Option(help: "Seconds to watch.")
  var seconds = 5

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var client: ClientOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  mutating func validate() throws {
    if client.ring == 0 { client.ring = 128 << 10 }
    guard (1...100_000).contains(clients), (1...600).contains(seconds) else {
      throw ValidationError("--clients 1 to 100000, --seconds 1 to 600")
    }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      progress.say("\(clients) clients connect")
      let result = try IdleRun(
        clients: clients, seconds: seconds, daemon: daemon, client: client, place: place
      ).run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
    }
  }
}

/// Holds connections: started by `idle`.
struct Hold: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Option var path: String
  @Option var clients: Int
  @OptionGroup var client: ClientOptions

  func run() throws { try IdleHolder(path: path, clients: clients, options: client).run() }
}
