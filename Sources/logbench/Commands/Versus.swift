internal import ArgumentParser

/// The same load on two builds of logd.
struct Versus: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The same load on two builds of logd, by turns, and the ratio of their throughput.",
    discussion: """
      --logd is measured against --against. A round is one run of each, and every other round begins \
      with the other one (A B B A A B …), so that a machine that gets slower or faster does so for \
      both. Every file is checked as `load` does; exit code 1 when a record is lost, doubled, torn or \
      out of order, whatever the ratio is. How far the single rounds lie apart shows how much the \
      ratio is worth: a build against itself shows what the machine alone does.

      `make ledger-cost` compares logd with a build of it that has no ledger: its batch is in private \
      memory instead of a shared mapping, and neither batches nor tails nor counters are noted. All \
      else, the rings in shared memory and the one write a batch, is the same.
      """)

  @Option(help: "The other logd.")
  var against: String

  @Option(help: "Runs of each.")
  var rounds = 10

  @Option(help: "How many processes log.")
  var producers = 4

  @OptionGroup var workload: Workload
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var client: ClientOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    try checkProducers(producers)
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds 1 to 1000") }
    guard daemon.runtimeDir == nil else { throw ValidationError("versus starts both daemons") }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      let load = LoadRun(
        producers: producers, workload: workload, daemon: daemon, client: client, place: place)
      let result = try VersusRun(
        load: load, against: against, rounds: rounds, progress: progress
      ).run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
      guard !result.isSound else { return }
      if !json { Output.runs((result.logd + result.against).filter { !$0.isSound }) }
      throw ExitCode(1)
    }
  }
}
