internal import ArgumentParser

/// The same records by every door of logd.
struct Doors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The same records through C, Swift, swift-log and Python, each checked in the file.",
    discussion: """
      Each door has a daemon and a file of its own, and as many producer processes. Python is the
      python3 on PATH with the package in the repository above this program.
      """)

  @Option(help: "How many processes log.")
  var producers = 4

  @Option(help: "Records of all processes together, for each door.")
  var total = 1_000_000

  @Option(help: "The doors: swift, c, swift-log, python; default: all.")
  var through: [Door] = Door.allCases

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    try checkProducers(producers)
    guard total >= producers else { throw ValidationError("--total: at least one a process") }
    guard daemon.runtimeDir == nil else {
      throw ValidationError("each door gets a daemon of its own")
    }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      var workload = try Workload.standard()
      workload.records = total / producers
      workload.warmup = 10_000
      let results = try through.map { door in
        progress.say("\(producers) producers through \(door.rawValue)")
        return try LoadRun(
          producers: producers, workload: workload, daemon: daemon, client: try .standard(),
          place: place, door: door
        ).run()
      }
      progress.end()
      if json { try Output.json(results) } else { Output.runs(results) }
      if !results.allSatisfy(\.isSound) { throw ExitCode(1) }
    }
  }
}
