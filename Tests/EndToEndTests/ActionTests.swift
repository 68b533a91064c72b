internal import FoundationEssentials
internal import LogdArchive
internal import LogdClient
internal import LogdWire
internal import Testing

/// Actions of real processes, in the file of a real daemon, shown by eliot-tree of PyPI.
@Suite struct `Actions` {
  private static var hasEliotTree: Bool {
    FileManager.default.isExecutableFile(atPath: Program.eliotTree.path)
  }

  /// Two nested actions here, a third one in another process, and records outside of them.
  private func logTask(_ place: Place) throws {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    let log = LogClient(ident: "shop", options: options)
    log.info("outside")
    try log.action("order", [.int("number", 4711)]) { (order: LogAction) in
      log.info("inside")
      try log.action("pay") { try runRemote(place, LogAction.current?.handOver()) }
      order.addSuccessFields(.double("total", 19.9))
    }
    try log.flush()
  }

  private func runRemote(_ place: Place, _ task: LogTaskID?) throws {
    let id = try #require(task).description
    let run = try place.run(.clientStress, [place.runtimeDirectory, "continue", "0", id])
    #expect(run.ending == .exited(0), "\(run.errors)")
  }

  @Test(.enabled(if: hasEliotTree, "eliot-tree (PyPI) is not installed: make test-packages"))
  func `of two processes are one tree in eliot-tree`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "file.format=json"]) { _ in try logTask(place) }
    let shown = try place.run(
      .eliotTree, ["--ascii", "--color", "never", "--select", "task_uuid", place.logFile])
    #expect(shown.ending == .exited(0) && shown.errors.isEmpty, "\(shown.errors)")
    let places = shown.output.split(separator: "\n").compactMap { line in
      line.split(separator: " ").first { $0.contains("/") && !$0.contains(":") }.map(String.init)
    }
    #expect(
      places == [
        "order/1", "shop/2", "pay/3/1", "remote/3/2/1", "remote/3/2/2", "nested/3/2/3/1",
        "nested/3/2/3/2", "remote/3/2/4", "pay/3/3", "order/4",
      ], "\(shown.output)")
    #expect(shown.output.contains("total: 19.9"))
  }

  @Test(arguments: ["text", "json"])
  func `are read back as they were logged, in both formats`(format: String) throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "file.format=\(format)"]) { _ in try logTask(place) }
    let records = try place.records().filter { $0.value("task_uuid") != nil }
    let levels = records.compactMap { $0.value("task_level") }
    let expected = [
      "/1", "/2", "/3/1", "/3/2/1", "/3/2/2", "/3/2/3/1", "/3/2/3/2", "/3/2/4", "/3/3", "/4",
    ]
    #expect(levels == expected.map { .string(Array($0.utf8)) })
    #expect(Set(records.compactMap { $0.value("task_uuid") }).count == 1)
    #expect(Set(records.map(\.pid)).count == 2)
    for record in records {
      guard case .double = record.value("timestamp") else {
        Issue.record("a time of \(record.value("timestamp") as Any)")
        continue
      }
    }
  }

  /// With durations and process numbers as `_`.
  private func tree(_ place: Place, _ arguments: [String]) throws -> (Ending, [String]) {
    let run = try place.run(.logctl, ["tree"] + arguments)
    #expect(run.ending != .exited(0) || run.errors.isEmpty, "\(run.errors)")
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    return (
      run.ending,
      lines.map { line in
        String(line).replacing(/[0-9.]+ (µs|ms|s)/, with: "_").replacing(/\[[0-9]+\]/, with: "[_]")
          .replacing(/[0-9-]+T[0-9:.]+Z/, with: "TIME").replacing(/^[0-9a-f-]{36}$/, with: "UUID")
      }
    )
  }

  @Test(arguments: ["text", "json"])
  func `of two processes are one tree in logctl`(format: String) throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "file.format=\(format)"]) { _ in
      try logTask(place)
      let (ending, lines) = try tree(place, [])
      #expect(ending == .exited(0))
      #expect(
        lines == [
          "UUID", "└── order succeeded _ shop[_] TIME number=4711 total=19.9", "    ├── inside",
          "    └── pay succeeded _", "        └── remote succeeded _ remote[_]",
          "            ├── there", "            └── nested succeeded _", "",
        ])
    }
  }

  @Test func `that failed, go on or lost their beginning are shown as such`() throws {
    let place = try Place()
    let head = "2026-11-21T02:36:0"
    func line(_ second: String, _ who: String, _ rest: String) -> String {
      "\(head)\(second)Z \(who): \(rest)\n"
    }
    func fields(_ task: String, _ level: String) -> String {
      "task_uuid=\(task) task_level=\(level)"
    }
    let log =
      line("1.000000", "info a[1]", "plain task=1")
      + line(
        "1.000000", "info a[1]", "s \(fields("t1", "/1")) action_type=copy action_status=started")
      + line("1.100000", "warning b[2]", "slow \(fields("t2", "/4/2")) message_type=b")
      + line(
        "2.000000", "err a[1]",
        "f \(fields("t1", "/2")) action_type=copy action_status=failed exception=Full"
          + " reason=\"no room\" duration=0.9995")
      + line(
        "3.000000", "info c[3]",
        "s \(fields("t3", "/1")) action_type=wait action_status=started k=\"\"")
      + line("3.100000", "info d[4]", "s \(fields("t4", "/1")) action_status=started")
      + line(
        "3.200000", "info d[4]",
        "f \(fields("t4", "/2")) action_status=succeeded duration=-inf")
      + "torn info a[1]: s task_uuid=t1\n"
      + line("4.000000", "info c[3]", "deep \(fields("t3", String(repeating: "/1", count: 500)))")
    try place.write(log, to: "actions.log")
    let file = place.file("actions.log")
    let (ending, lines) = try tree(place, [file])
    #expect(ending == .exited(2), "a line is damaged")
    #expect(
      lines == [
        "t1", "└── copy failed _ a[_] TIME Full: no room", "",
        "t4", "└── (of no type) succeeded (of unknown duration) d[_] TIME", "",
        "t2", "└── (its beginning is missing) unfinished b[_] TIME",
        "    └── (its beginning is missing) unfinished", "        └── warning slow", "",
        "t3", #"└── wait unfinished c[_] TIME k="""#, "",
      ])
    let (_, one) = try tree(place, [file, "--task", "t2"])
    #expect(one.first == "t2" && one.count == 5)
    #expect(try tree(place, [place.logFile, "--task", "t2"]).0 == .exited(74))
    try place.write(line("1.000000", "info a[1]", "plain"), to: "plain.log")
    #expect(try tree(place, [place.file("plain.log")]).0 == .exited(1))
  }
}
