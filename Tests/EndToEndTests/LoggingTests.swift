internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdWire
internal import Logging
internal import LoggingLogd
internal import ServiceLifecycle
internal import Testing

/// swift-log's loggers, and what a real daemon writes of them.
@Suite struct `Loggers of swift-log` {
  private static func client(
    _ place: Place, _ change: (inout LogClientOptions) -> Void = { _ in }
  ) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    change(&options)
    return LogClient(ident: "shop", options: options)
  }

  /// What `body` logs through a logger, as it is in the file.
  private func records(
    provider: Logger.MetadataProvider? = nil, _ change: (inout LogClientOptions) -> Void = { _ in },
    _ body: (inout Logger) throws -> Void
  ) throws -> [LogRecord] {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let client = Self.client(place, change)
      var logger = Logger(label: "orders") {
        LogdLogHandler(label: $0, client: client, metadataProvider: provider)
      }
      try body(&logger)
      try client.flush()
    }
    return try place.records().filter { $0.ident == "shop" }
  }

  /// `key=value` of the fields, in the order of the keys, but the label.
  private func fields(_ record: LogRecord) -> [String] {
    record.fields.map { field in
      let value =
        switch field.value {
        case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let truth): "\(truth)"
        }
      return "\(String(decoding: field.key, as: UTF8.self))=\(value)"
    }.filter { $0 != "label=\"orders\"" }.sorted()
  }

  @Test func `levels are severities, and the other way round`() throws {
    let records = try records { logger in
      logger.logLevel = .trace
      for level in Logger.Level.allCases { logger.log(level: level, "\(level)") }
    }
    #expect(records.map(\.text) == Logger.Level.allCases.map(\.rawValue))
    #expect(
      records.map(\.severity) == [.debug, .debug, .info, .notice, .warning, .error, .critical])
    #expect(records.allSatisfy { $0.value("label") == .string(Array("orders".utf8)) })
    for level in Logger.Level.allCases where level != .trace {
      #expect(Logger.Level(Severity(level)) == level)
    }
    #expect(Logger.Level(.emergency) == .critical && Logger.Level(.alert) == .critical)
  }

  @Test func `level and metadata are values, as swift-log asks`() throws {
    _ = try records { logger1 in
      logger1.logLevel = .debug
      logger1[metadataKey: "only-on"] = "first"
      var logger2 = logger1
      logger2.logLevel = .error
      logger2[metadataKey: "only-on"] = "second"
      #expect(logger1.logLevel == .debug && logger2.logLevel == .error)
      #expect(logger1[metadataKey: "only-on"] == "first")
      #expect(logger2[metadataKey: "only-on"] == "second")
      logger2[metadataKey: "only-on"] = nil
      #expect(logger2.handler.metadata.isEmpty && !logger1.handler.metadata.isEmpty)
    }
  }

  @Test func `below its level a logger makes nothing and logs nothing`() throws {
    let records = try records { logger in
      logger.debug("\(Issue.record("made"))", metadata: ["k": "\(Issue.record("made"))"])
      logger.info("said")
    }
    #expect(records.map(\.text) == ["said"])
  }

  @Test func `metadata of all kinds are fields with their keys as they are`() throws {
    let records = try records { logger in
      logger[metadataKey: "user.id"] = "4711"
      logger[metadataKey: "n"] = .stringConvertible(1)
      logger.info(
        "m",
        metadata: [
          "double": .stringConvertible(0.5), "bool": .stringConvertible(true),
          "big": .stringConvertible(UInt64.max), "small": .stringConvertible(Int8(-7)),
          "text": .stringConvertible("a b"), "other": .stringConvertible(1.0...2.0),
          "list": ["a", .stringConvertible(2)], "request": ["id": "r", "deep": ["er": "d"]],
          "ts": "t", "": "no key",
        ])
    }
    #expect(
      fields(try #require(records.first)) == [
        "_cut=true", #"big=18446744073709551615"#, "bool=true", "double=0.5", #"list="["a", "2"]""#,
        "n=1", #"other="1.0...2.0""#, #"request.deep.er="d""#, #"request.id="r""#, "small=-7",
        #"text="a b""#, #"ts="t""#, #"user.id="4711""#,
      ])
  }

  @Test func `the statement's metadata come before the provider's, and those before the logger's`()
    throws
  {
    let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "p": "provider"] }
    let records = try records(provider: provider) { logger in
      logger[metadataKey: "a"] = "logger"
      logger[metadataKey: "b"] = "logger"
      logger[metadataKey: "l"] = "logger"
      logger.info("m", metadata: ["a": "statement"])
      logger.info("m")
    }
    #expect(
      records.map(fields) == [
        [#"a="statement""#, #"b="provider""#, #"l="logger""#, #"p="provider""#],
        [#"a="provider""#, #"b="provider""#, #"l="logger""#, #"p="provider""#],
      ])
  }

  private struct Broken: Error, CustomStringConvertible { let description = "it is broken" }

  @Test func `an error becomes its words and its type`() throws {
    let records = try records { logger in
      logger.error("failed", error: Broken(), metadata: ["error.type": "mine", "k": "v"])
    }
    let failed = try #require(records.first)
    #expect(failed.severity == .error)
    #expect(
      fields(failed) == [
        #"error.message="it is broken""#, #"error.type="\#(String(reflecting: Broken.self))""#,
        #"k="v""#,
      ])
  }

  @Test func `a source that is given is a field, and the place in the code when it is wanted`()
    throws
  {
    let plain = try records { logger in
      logger.info("m")
      logger.info("m", source: "elsewhere")
    }
    #expect(plain.map(fields) == [[], [#"source="elsewhere""#]])
    let line: UInt = #line + 1
    let records = try records({ $0.sourceLocation = true }) { logger in logger.info("m") }
    let placed = try #require(records.first)
    #expect(placed.value("code_line") == .integer(Int64(line)))
    let file = Array("EndToEndTests/LoggingTests.swift".utf8)
    #expect(placed.value("code_file") == .string(file))
    #expect(placed.value("code_func") != nil)
  }

  @Test func `text that logs when it is made does not disturb its record`() throws {
    struct Loud: CustomStringConvertible, Sendable {
      let logger: Logger
      var description: String {
        logger.info("made")
        return "loud"
      }
    }
    let records = try records { logger in
      logger.info("m", metadata: ["k": .stringConvertible(Loud(logger: logger))])
    }
    #expect(records.last.map(fields) == [#"k="loud""#])
    #expect(records.dropLast().allSatisfy { $0.text == "made" } && records.count > 1)
  }

  @Test func `what is logged within an action is its child`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let client = Self.client(place)
      let logger = Logger(label: "orders") { LogdLogHandler(label: $0, client: client) }
      client.action("whole") { logger.info("inside") }
      try client.flush()
    }
    let inside = try place.records().first { $0.text == "inside" }
    #expect(inside?.value("task_level") == .string(Array("/2".utf8)))
  }

  @Test func `a logger with metadata of its own does not allocate`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let run = try place.run(
        .clientStress, [place.runtimeDirectory, "logger-allocations", "100000"],
        within: .seconds(120))
      #expect(run.ending == .exited(0), "\(run.errors)")
      #expect(run.output == "0\n")
    }
  }

  private struct Talker: Service {
    let logger: Logger
    func run() async throws {
      try await gracefulShutdown()
      for number in 0..<100_000 { logger.info("last words \(number)") }
    }
  }

  private func runGroup(_ client: LogClient, timeout: Duration) async throws {
    let logger = Logger(label: "orders") { LogdLogHandler(label: $0, client: client) }
    let services: [any Service] = [
      LogdService(client: client, timeout: timeout), Talker(logger: logger),
    ]
    let group = ServiceGroup(
      services: services, logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() })
    let running = Task { try await group.run() }
    await group.triggerGracefulShutdown()
    try await running.value
  }

  @Test func `at graceful shutdown everything is in the file before the group ends`() async throws {
    let place = try Place()
    let daemon = try TestDaemon(place)
    defer { daemon.process.kill() }
    try await runGroup(Self.client(place), timeout: .seconds(20))
    #expect(try place.records().filter { $0.text.hasPrefix("last words") }.count == 100_000)
    daemon.stop()
  }

  @Test func `a group learns that not everything is written`() async throws {
    let place = try Place()
    let daemon = try TestDaemon(place)
    defer { daemon.process.kill() }
    let client = Self.client(place) { $0.ringBytes = 64 << 20 }
    client.info("here")
    try await client.flush()
    daemon.process.pause()
    await #expect(throws: FlushError.timedOut(remaining: 100_000)) {
      try await runGroup(client, timeout: .milliseconds(100))
    }
    daemon.process.resume()
    try await client.flush()
    daemon.stop()
  }
}
