internal import ArgumentParser
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

struct TailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Show the end of the log, and follow it.",
    discussion: """
      The daemon says where its file is; with --file none is needed. Where the file was rotated the \
      archives beside it are read as well, so that nothing is missed and nothing comes twice. A \
      file that somebody cuts (copytruncate) is read from its beginning again: what was cut before \
      it was read is in the copy alone.

      Without conditions every line is shown as it is; with some, those of `logctl query --help`, \
      and a line that is no record is left out. What is damaged is said on standard error.

      Exit codes: 0 done, 2 something was damaged, 64 usage, 69 no daemon, 74 I/O error, \
      77 not permitted.

      Examples:
        logctl tail
        logctl tail -n 100 -f --level warning
        logctl tail -f --ident worker --output json | jq .msg
        logctl tail --file /var/log/logd/logd.log --field task=42
      """)

  @ParentCommand var main: Main

  @Option(
    name: [.customShort("n"), .long], help: ArgumentHelp("How many lines.", valueName: "count"))
  var lines = 10

  @Flag(
    name: .shortAndLong,
    help: "Go on with what is written, also after the file was rotated and the daemon restarted.")
  var follow = false

  @Option(help: ArgumentHelp("This log instead of the daemon's.", valueName: "file"))
  var file: String?

  @OptionGroup var conditions: FilterOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if lines < 0 { throw ValidationError("-n takes 0 or more") }
  }

  func run() throws {
    try Ending.reporting {
      DescriptorLimit.raise()
      var filter = conditions.filter
      filter.keepsDamaged = filter.isEmpty
      let chain = LogChain(try file ?? main.daemon.logFile())
      let files = try chain.open()
      files.last?.isLive = follow
      var out = LineOutput(output.format)
      var report = InputReport()
      for line in try end(of: files, filter, &report).reversed() { try out.add(line.span) }
      try out.flush()
      if follow { try follow(LogFollower(chain, files, filter), chain, &out) }
      try report.end(found: true)
    }
  }

  /// The last lines that are asked for, the very last first.
  private func end(
    of files: [LogFile], _ filter: RecordFilter, _ report: inout InputReport
  ) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    if lines == 0 { return [] }
    let query = try Query(files, filter, isReversed: true)
    try query.run { line, _ in
      found.append(line.indices.map { line[$0] })
      return found.count < lines
    }
    report.add(query, skipped: filter.keepsDamaged ? query.longLines : query.damagedLines)
    return found
  }

  private func follow(
    _ follower: LogFollower, _ chain: LogChain, _ out: inout LineOutput
  ) throws {
    let watch = try SystemError.naming("watch", chain.directory) { () throws(Errno) in
      try DirectoryWatch(chain.directory)
    }
    var missed = 0
    while true {
      try follower.poll { try out.add($0) }
      try out.flush()
      for name in follower.missed.dropFirst(missed) {
        StandardError.print("logctl: \(Printable.text(name)) was removed before it could be read")
      }
      missed = follower.missed.count
      try watch.wait()
    }
  }
}
