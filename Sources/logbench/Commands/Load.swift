internal import ArgumentParser

/// One measured run against a daemon.
struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Producers log as fast as they can, or at a pace; then the file is checked.")

  @Option(help: "How many processes log.")
  var producers = 4

  @Option(help: "The door of the records: swift, c, swift-log, python.")
  var through = Door.swift

  @OptionGroup var workload: Workload
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var client: ClientOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Ask for the daemon's status every 10 ms meanwhile, and say how long answers took.")
  var status = false

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    try checkProducers(producers)
    if let objection = through.objection(workload) { throw ValidationError(objection) }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      progress.say(
        "\(producers) producers, \(workload.records) records each, on \(place.fileSystem)")
      let result = try LoadRun(
        producers: producers, workload: workload, daemon: daemon, client: client, place: place,
        asksStatus: status, door: through
      ).run()
      progress.end()
      if json { try Output.json(result) } else { Output.runs([result]) }
      if !result.isSound { throw ExitCode(1) }
    }
  }
}

/// Throws when nobody could number so many producers.
func checkProducers(_ count: Int) throws {
  guard (1...BenchMessage.producersMax).contains(count) else {
    throw ValidationError("--producers must be 1 to \(BenchMessage.producersMax)")
  }
}

/// Does something with a temporary place, which is gone afterwards, also after an interruption.
func atPlace(_ options: PlaceOptions, _ body: (Place) throws -> Void) throws {
  Interruption.watch()
  let place = try options.makePlace()
  defer { place.removeAll() }
  try body(place)
}
