internal import ArgumentParser
internal import LogdArchive
internal import LogdPlatform

struct TreeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Show actions as trees, with their outcome and how long they took.",
    discussion: """
      Actions are what LogdClient's action(…), the Python module, eliot and the like log: records \
      with task_uuid and task_level. Without FILE: the daemon's log file and the archives beside \
      it. A task is shown when all of it has been read, one of which something is missing at the \
      end; memory is needed for those that are not complete.

      Exit codes: 0 found, 1 nothing found, 2 something was damaged, 64 usage, 69 no daemon, \
      74 I/O error, 77 not permitted.

      Examples:
        logctl tree
        logctl tree --task 4c1b1b4c
        logctl tree old.log.gz
      """)

  @ParentCommand var main: Main

  @Argument(help: ArgumentHelp("Files to read instead of the daemon's.", valueName: "file"))
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only the tasks whose task_uuid begins like this.", valueName: "uuid"))
  var task: String?

  func run() throws {
    try Ending.reporting {
      DescriptorLimit.raise()
      let files =
        try files.isEmpty
        ? LogChain(main.daemon.logFile()).open() : files.map { path in try LogFile(path) }
      var filter = RecordFilter()
      filter.pattern = try Pattern("task_uuid")
      let query = try Query(files, filter)
      var tasks = TaskForest(prefix: task ?? "", TreeView(Style.current))
      try query.run { line, _ in
        if let record = LogFormat.of(line).parse(line).record { try tasks.add(record) }
        return true
      }
      try tasks.finish()
      var report = InputReport()
      report.add(query, skipped: query.damagedLines)
      try report.end(found: tasks.count > 0)
    }
  }
}

/// The tasks that are not complete yet; the others are written.
private struct TaskForest {
  private(set) var count = 0
  private let prefix: String
  private let view: TreeView
  private var open: [String: ActionNode] = [:]

  init(prefix: String, _ view: TreeView) {
    self.prefix = prefix
    self.view = view
  }

  mutating func add(_ record: LogRecord) throws(Errno) {
    guard let (task, level) = record.place, task.hasPrefix(prefix) else { return }
    let root = open[task] ?? ActionNode()
    root.insert(record, at: level[...])
    open[task] = root
    if root.end != nil, root.isComplete {
      open[task] = nil
      try write(task, root)
    }
  }

  /// Writes those of which something is missing, the earliest first.
  mutating func finish() throws(Errno) {
    let rest = open.sorted { a, b in
      let (left, right) = (a.value.first?.time ?? 0, b.value.first?.time ?? 0)
      return left == right ? a.key < b.key : left < right
    }
    for (task, root) in rest { try write(task, root) }
  }

  private mutating func write(_ task: String, _ root: ActionNode) throws(Errno) {
    if count > 0 { try StandardOutput.write("\n") }
    count += 1
    try StandardOutput.write(view.text(task, root))
  }
}
