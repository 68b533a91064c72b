internal import ArgumentParser
internal import LogdControl

/// How fast `logctl query` is, beside `grep -F`.
struct QueryBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "logctl query on a large file, beside grep -F on the same file in the same run.",
    discussion: """
      Makes a text log, reads it once so that both find it in memory as far as it fits there, runs \
      both in turn, and removes it. The best of the rounds counts for each.
      """)

  @Option(
    help: "How large the file is: 10GiB needs as much free space on the disk.",
    transform: { text in
      guard let bytes = Quantity.bytes(text), bytes >= 1 << 20 else {
        throw ValidationError("expected a size from 1MiB on, such as 10GiB")
      }
      return bytes
    })
  var size = 1 << 30

  @Option(help: "How often each is run.")
  var rounds = 3

  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds takes 1 or more") }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      let run = QueryRun(bytes: size, rounds: rounds, place: place, progress: progress)
      let result = try run.run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
      if !result.isSound { throw ExitCode(1) }
    }
  }
}
