internal import ArgumentParser

/// What logd is compared with, alone.
struct Reference: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The same producers without logd: append, buffered append, a stream collector.")

  @Option(help: "How many processes write.")
  var producers = 4

  @OptionGroup var workload: Workload
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws { try checkProducers(producers) }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      let results = try ReferenceKind.allCases.map { kind in
        progress.say("\(kind.title), \(producers) producers, on \(place.fileSystem)")
        return try ReferenceRun(kind: kind, producers: producers, workload: workload, place: place)
          .run()
      }
      progress.end()
      if json { try Output.json(results) } else { Output.runs(results) }
      if !results.allSatisfy(\.isSound) { throw ExitCode(1) }
    }
  }
}
