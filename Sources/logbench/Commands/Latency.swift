internal import ArgumentParser

/// How long one log call takes, and how long its record takes to the file.
struct Latency: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Percentiles of the log call, the clock's own cost beside it.",
    discussion: """
      One producer; its ring is warm and never more than a quarter full, because it flushes after
      each burst. A figure contains one reading of the clock, whose own cost is shown.
      """)

  @Option(help: "Log calls that are measured.")
  var calls = 2_000_000

  @Option(help: "Log calls between two flushes.")
  var burst = 1000

  @Flag(help: "Also: an idle client logs once, until the line is in the file.")
  var endToEnd = false

  @Option(help: "Rounds of --end-to-end.")
  var rounds = 500

  @OptionGroup var workload: Workload
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var client: ClientOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    guard calls > 0, burst > 0, rounds > 0 else {
      throw ValidationError("--calls, --burst and --rounds must be positive")
    }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      progress.say("\(calls) log calls")
      let result = try LatencyRun(
        calls: calls, burst: burst, rounds: endToEnd ? rounds : 0, workload: workload,
        daemon: daemon, client: client, place: place
      ).run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
    }
  }
}
