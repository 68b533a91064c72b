import CLinux
import Foundation
import LogdClient
import LogdWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `An action` {
  let daemon = TestDaemon()
  let log: LogClient

  init() {
    var options = LogClientOptions()
    options.runtimeDirectory = daemon.directory
    log = LogClient(ident: "worker", options: options)
  }

  private struct Full: Error, CustomStringConvertible { var description: String { "no room" } }

  /// `level type status` of each record in the order of the tree; they must be one task.
  private func tree() throws -> [String] {
    try log.flush()
    let records = daemon.records
    #expect(Set(records.map { $0.fields["task_uuid"] }).count == 1)
    return records.sorted {
      numbers($0).lexicographicallyPrecedes(numbers($1))
    }.map {
      let kind = $0.fields["action_type"] ?? $0.message
      return "\($0.fields["task_level"]!) \(kind) \($0.fields["action_status"] ?? "message")"
    }
  }

  private func numbers(_ record: Received) -> [Int] {
    record.fields["task_level"]!.split(separator: "/").map { Int($0)! }
  }

  @Test func `logs that it started and succeeded, and what is within it are its children`() throws {
    log.info("before")
    let answer = log.action("outer", [.string("path", "/x")]) { action in
      log.info("inside", [.int("n", 1)])
      let fields: [LogField] = [.bool("spans", true)]
      log.notice("plain")
      log.log(.info, "span", fields: fields.span)
      log.log(.info, bytes: Array("bytes".utf8).span, fields: fields.span)
      log.action("inner") { log.info("deep") }
      action.addSuccessFields(.int("bytes", 7))
      #expect(LogAction.current === action)
      return 42
    }
    log.info("after")
    #expect(answer == 42 && LogAction.current == nil)
    try log.flush()
    let records = daemon.records
    #expect(records.first?.fields == [:] && records.last?.fields == [:])
    daemon.change { $0.records = Array($0.records.dropFirst().dropLast()) }
    #expect(
      try tree() == [
        "/1 outer started", "/2 inside message", "/3 plain message", "/4 span message",
        "/5 bytes message", "/6/1 inner started", "/6/2 deep message", "/6/3 inner succeeded",
        "/7 outer succeeded",
      ])
    let (start, inside, end) = (records[1], records[2], records[records.count - 2])
    #expect(start.message == "outer started" && start.severity == 6)
    #expect(start.fields["path"] == "/x" && start.fields["message_type"] == nil)
    #expect(inside.fields["n"] == "1" && inside.fields["message_type"] == "worker")
    #expect(end.fields["bytes"] == "7" && Double(end.fields["duration"]!)! > 0)
    let now = Date().timeIntervalSince1970
    let times = [start, inside, end].map { Double($0.fields["timestamp"]!)! }
    #expect(times == times.sorted() && times[0] > now - 60 && times[2] <= now)
    let uuid = try #require(start.fields["task_uuid"].flatMap { UUID(uuidString: $0) })
    #expect(uuid.uuidString.lowercased() == start.fields["task_uuid"])
    #expect(uuid.uuid.6 >> 4 == 4 && uuid.uuid.8 >> 6 == 2, "version 4 of RFC 9562")
  }

  @Test func `fails with the type of the error and its words, which it throws on`() async throws {
    #expect(throws: Full.self) { try log.action("sync") { throw Full() } }
    await #expect(throws: CancellationError.self) {
      try await log.action("async") {
        await Task.yield()
        throw CancellationError()
      }
    }
    try await log.flush()
    let records = daemon.records
    #expect(records.map(\.severity) == [6, 3, 6, 3])
    let failed = records[1].fields
    #expect(failed["action_status"] == "failed" && failed["reason"] == "no room")
    #expect(failed["exception"]?.hasSuffix(".Full") == true && failed["duration"] != nil)
    #expect(records[3].fields["exception"] == "Swift.CancellationError")
    #expect(records[0].fields["task_uuid"] != records[2].fields["task_uuid"])
  }

  @Test func `typed errors stay typed, and what is not sendable may be returned`() throws {
    final class Box { var number = 1 }
    func fail() throws(Full) -> Box { try log.action("typed") { () throws(Full) in throw Full() } }
    do throws(Full) { _ = try fail() } catch { #expect(error.description == "no room") }
    #expect(log.action("box") { Box() }.number == 1)
  }

  @Test func `is inherited by child tasks, each of which counts on in it`() async throws {
    await log.action("whole") { action in
      await withTaskGroup { group in
        for number in 0..<3 {
          group.addTask {
            await log.action("part") {
              await Task.yield()
              log.info("part \(number)")
            }
          }
        }
      }
      log.info("end")
      #expect(LogAction.current === action)
    }
    let tree = try tree()
    #expect(tree.count == 1 + 9 + 2)
    for child in 2...4 {
      #expect(tree.contains("/\(child)/1 part started"))
      #expect(tree.contains("/\(child)/3 part succeeded"))
      #expect(tree.contains { $0.hasPrefix("/\(child)/2 part ") && $0.hasSuffix(" message") })
    }
    #expect(tree.last == "/6 whole succeeded")
  }

  @Test func `goes on where its place was handed over, and in another client`() throws {
    var options = LogClientOptions()
    options.runtimeDirectory = daemon.directory
    let other = LogClient(ident: "other", options: options)
    log.action("whole") { action in
      let text = action.handOver().description
      #expect(text.hasSuffix("@/2"))
      Self.goOn(other, text)
      #expect(isThere("/2/3"))
      log.info("here")
    }
    #expect(
      try tree() == [
        "/1 whole started", "/2/1 remote started", "/2/2 there message", "/2/3 remote succeeded",
        "/3 here message", "/4 whole succeeded",
      ])
  }

  private func isThere(_ level: String) -> Bool {
    daemon.wait { $0.records.contains { $0.fields["task_level"] == level } }
  }

  private static func goOn(_ other: LogClient, _ text: String) {
    Thread {
      #expect(LogAction.current == nil)
      other.action("remote", continuing: LogTaskID(text)) { other.info("there") }
      other.close()
    }.start()
  }

  @Test(arguments: [
    "", "@", "@/1", "uuid", "uuid@", "uuid@1", "uuid@/", "uuid@/1/", "uuid@//1", "uuid@/01",
    "uuid@/1234567890", "uuid@/-1", "uuid@/1 ", "u u@/1", "ü@/1", "uuid@/1@/2",
    "\(String(repeating: "u", count: 600))@/1",
  ])
  func `does not go on at what is no place`(text: String) {
    #expect(LogTaskID(text) == nil)
  }

  @Test func `calls log their arguments and their result`() async throws {
    func add(_ first: Int, _ second: Int) -> Int {
      log.call(arguments: [.int("first", first), .int("second", second)]) { first + second }
    }
    func enter(password: String) async -> Bool {
      await log.call(logsResult: false) { await Task { true }.value }
    }
    func nothing() { log.call {} }
    func list() -> [Int] { log.call { [1, 2] } }
    #expect(add(1, 2) == 3)
    #expect(await enter(password: "secret"))
    nothing()
    _ = list()
    try await log.flush()
    let records = daemon.records
    #expect(records.count == 8)
    #expect(records[0].fields["action_type"] == "LogdClientTests.add(_:_:)")
    #expect(records[0].fields["first"] == "1" && records[0].fields["second"] == "2")
    #expect(records[1].fields["result"] == "3")
    #expect(records[2].fields["password"] == nil && records[3].fields["result"] == nil)
    #expect(records[5].fields["result"] == nil && records[7].fields["result"] == "[1, 2]")
  }

  @Test func `says only what is wanted`() throws {
    daemon.change { $0.severity = 4 }
    try #require(daemon.wait { _ in !log.isEnabled(.info) })
    log.action("quiet") { log.info("unheard") }
    #expect(throws: Full.self) { try log.action("loud") { throw Full() } }
    try log.flush()
    #expect(daemon.messages == ["loud failed"])
  }
}
