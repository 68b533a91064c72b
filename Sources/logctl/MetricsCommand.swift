internal import ArgumentParser
internal import LogdControl
internal import LogdPlatform

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print the status as OpenMetrics text, for Prometheus and its kin.",
    discussion: """
      For the textfile collector of node_exporter, or anything else that reads files.

      Examples:
        logctl metrics
        logctl metrics > /var/lib/node_exporter/logd.prom.new && \\
          mv /var/lib/node_exporter/logd.prom.new /var/lib/node_exporter/logd.prom
      """)

  @ParentCommand var main: Main

  @Flag(help: "Also a series for each client; many clients that come and go make many series.")
  var clients = false

  func run() throws {
    try Ending.reporting {
      let status = try main.daemon.connect().status()
      try StandardOutput.write(OpenMetrics(status, hasClients: clients).lines)
    }
  }
}
