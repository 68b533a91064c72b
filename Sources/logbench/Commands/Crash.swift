internal import ArgumentParser
internal import CLinux
internal import Glibc

/// Kills the daemon at random moments, and accounts for every record.
struct Crash: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Kills the daemon with -9 again and again under full load, and checks every record.",
    discussion: """
      Producers log as fast as they can; they wait only while the check of the file, which goes on \
      meanwhile, is more than --ahead behind. What was checked is given back to the file system, so \
      that any number of kills needs bounded room. Exit code 1 when a record is lost, doubled, torn \
      or out of order.

      With the supervisor nothing may be lost of any producer that had its ring, however it ends. \
      With --no-supervise that holds for those that live; what is lost of the others is counted.
      """)

  @Option(help: "How often the daemon is killed.")
  var kills = 100

  @Option(help: "Producers that live as long as the run.")
  var producers = 8

  @Option(help: "Producers at any time that attach, log some hundred records, and end.")
  var shortLived = 2

  @Flag(inversion: .prefixedNo, help: "Under the supervisor, or started again by a plain loop.")
  var supervise = true

  @Flag(help: "Kill producers too.")
  var clients = false

  @Flag(help: "Rename the log file now and then, while the daemon is dead.")
  var rename = false

  @Flag(
    help: """
      Have the daemon rotate its file at random, and each time just before it is killed; many more \
      rotations with --set file.max_size=2MiB.
      """)
  var rotate = false

  @Flag(help: "Fill the file system of the log now and then: a tmpfs of its own; for root.")
  var enospc = false

  @Option(help: "Least and most milliseconds between two kills.")
  var pause: [Int] = [50, 300]

  @Option(help: "Log calls a second of each long-lived producer; 0: as fast as it can.")
  var rate = 0

  @Option(help: "MiB that are written and not yet checked, at most.")
  var ahead = 256

  @Option(help: "What the random moments are made of; default: another one each time.")
  var seed: UInt64?

  @Option(help: "Bytes of a message.")
  var size = 128

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var where_: PlaceOptions

  @Flag(help: "Results as JSON.")
  var json = false

  func validate() throws {
    try checkProducers(producers)
    guard kills > 0, (0...64).contains(shortLived), ahead > 0, rate >= 0 else {
      throw ValidationError("--kills and --ahead at least 1, --short-lived 0 to 64")
    }
    guard pause.count == 2, pause[0] >= 0, pause[1] >= pause[0] else {
      throw ValidationError("--pause takes two numbers: --pause 50 --pause 300")
    }
    guard (BenchMessage.bytesMin(stamped: false)...60_000).contains(size) else {
      throw ValidationError("--size \(BenchMessage.bytesMin(stamped: false)) to 60000")
    }
    guard daemon.runtimeDir == nil else { throw ValidationError("crash starts its own daemon") }
    guard !rotate || !rename else {
      throw ValidationError("--rotate and --rename both give the files their names: one of them")
    }
    guard !enospc || geteuid() == 0 else { throw ValidationError("--enospc mounts: only for root") }
  }

  func run() throws {
    try atPlace(where_) { place in
      let progress = Progress(quiet: json)
      var run = try CrashRun(self, place, progress)
      let result = try run.run()
      progress.end()
      if json { try Output.json(result) } else { print(result.text, terminator: "") }
      if !result.isSound { throw ExitCode(1) }
    }
  }
}

/// A producer of `crash`: tells in a mapped file what it has done, so that it can be killed.
struct CrashProduce: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Option var number: Int
  @Option var path: String
  @Option var tally: String
  /// 0: until it is told to end.
  @Option var records: Int
  @Option var ending: CrashProducer.Ending
  @Option var rate: Int
  @Option var size: Int

  func run() throws {
    // It may be waiting for room in a ring that nobody drains any more.
    clinux_die_with_parent()
    var producer = try CrashProducer(self)
    producer.run()
  }
}

extension CrashProducer.Ending: ExpressibleByArgument {}
