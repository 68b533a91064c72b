internal import ArgumentParser

/// The set of `make bench`.
struct Standard: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The standard set, in under three minutes: logd against append, and the latency.",
    discussion: """
      Each row is measured in so many rounds of append, then in as many of logd; its ratio is the
      median of the rounds' ratios. A row gets fewer rounds where there is no time for all. In a
      virtual machine the first touch of a page is slow (cold); as much memory as a run will write is
      touched before it (warm), but for the first row, whose file takes the memory as it is found.
      """)

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var where_: PlaceOptions

  @Option(help: "Rounds of each row, at most.")
  var rounds = 5

  @Option(help: "Share of the usual number of records: 0.1 for a quick look.")
  var scale = 1.0

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    guard (1...100).contains(rounds), scale > 0, scale <= 100 else {
      throw ValidationError("--rounds 1 to 100, --scale up to 100")
    }
    guard daemon.runtimeDir == nil else {
      throw ValidationError("the standard set starts a daemon of its own")
    }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      let result = try StandardSet(
        rounds: rounds, scale: scale, daemon: daemon, place: place, progress: progress
      ).run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
      if !result.isSound { throw ExitCode(1) }
    }
  }
}
