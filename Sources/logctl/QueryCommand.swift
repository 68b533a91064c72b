internal import ArgumentParser
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Find records in the log, its archives included, in the order of time.",
    discussion: """
      Without FILE: the daemon's log file and the archives beside it. Files may be compressed by \
      gzip or zstd, and of both formats.

      --since is found by bisection in files that are not compressed: lines may be out of order by \
      up to a second (the most that order.window can be), so from there on each line is looked at. \
      A clock that was set back by more hides what was written twice in the same hour.

      A line that is no record is counted, left out, and said at the end. With a condition that \
      names a text (--grep, --field, --ident) only the lines that have it are looked at.

      Exit codes: 0 found, 1 nothing found, 2 something was damaged, 64 usage, 69 no daemon, \
      74 I/O error, 77 not permitted.

      Examples:
        logctl query --since "10 min ago" --level warning
        logctl query --since today --ident worker --field order=4711
        logctl query --grep 'timeout|refused' --reverse -n 20
        logctl query --output json --since -1h | jq -r .msg
        logctl query old.log.gz old2.log.zst --pid 4242
      """)

  @ParentCommand var main: Main

  @Argument(help: ArgumentHelp("Files to read instead of the daemon's.", valueName: "file"))
  var files: [String] = []

  @OptionGroup var conditions: FilterOptions

  @Flag(help: "The latest first.")
  var reverse = false

  @Option(
    name: .customShort("n"),
    help: ArgumentHelp(
      "So many lines at most: the first, with --reverse the last.", valueName: "count"))
  var limit: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("-n takes 0 or more") }
  }

  func run() throws {
    try Ending.reporting {
      DescriptorLimit.raise()
      let files =
        try files.isEmpty
        ? LogChain(main.daemon.logFile()).open() : files.map { path in try LogFile(path) }
      let query = try Query(files, conditions.filter, isReversed: reverse)
      var lines = LineOutput(output.format)
      var missing = limit ?? .max
      if missing > 0 {
        try query.run(pause: { try lines.flushWhenDue() }) { line, _ in
          try lines.add(line)
          missing -= 1
          return missing > 0
        }
      }
      try lines.flush()
      var report = InputReport()
      report.add(query, skipped: query.damagedLines)
      try report.end(found: missing < limit ?? .max)
    }
  }
}
