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
}
