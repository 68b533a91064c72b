internal import ArgumentParser
internal import Glibc
internal import LogdPlatform

/// A daemon, a pool of workers, and what became of their records: `make run`.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the whole: workers hash files and log each, the log is checked afterwards.",
    discussion: """
      Starts the logd beside this program with its built-in defaults on a temporary runtime \
      directory. The workers are processes of their own. Ends with 1 if a record is lost, doubled \
      or out of order.
      """)

  @Option(help: "How many processes hash.")
  var workers = 4

  @Option(help: "How long they do.")
  var seconds = 6

  @Option(help: "The files they hash, over and over.")
  var tree = "."

  @OptionGroup var where_: PlaceOptions

  func validate() throws {
    guard (1...256).contains(workers), (1...3600).contains(seconds) else {
      throw ValidationError("--workers 1 to 256, --seconds 1 to 3600")
    }
  }

  func run() throws {
    try atPlace(where_) { place in
      var run = try DemoRun(place, workers: workers, seconds: seconds, tree: tree)
      let findings = try run.run()
      if !findings.isSound { throw ExitCode(1) }
    }
  }
}

/// One worker: started by `demo`.
struct HashFiles: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Option var number: Int
  @Option var workers: Int
  @Option var seconds: Int
  @Option var tree: String
  @Option var runtimeDir: String

  func run() throws {
    var worker = HashWorker(number: number, of: workers, runtimeDirectory: runtimeDir)
    try worker.run(tree: tree, seconds: seconds)
  }
}
