internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

extension TestDaemon {
  /// Waits until status says `state`, and answers that status. Each on the way is looked at too:
  /// it has to add up, and to come though the disk does not.
  @discardableResult
  func status(
    becomes state: String, within limit: Duration = .seconds(20),
    and condition: (Status) -> Bool = { _ in true }
  ) throws -> Status {
    var last: Status?
    try wait("become \(state)", within: limit) {
      let status = try place.status()
      #expect(status.isBalanced)
      last = status
      return status.state == state && condition(status)
    }
    return try #require(last)
  }

  /// From the end of the cause on; prints how long it took.
  @discardableResult
  func recovers(_ from: String) throws -> Status {
    let began = ContinuousClock.now
    let status = try status(becomes: "running")
    let took = ContinuousClock.now - began
    print("normal again \(took) after \(from)")
    // Promised is a second; a busy machine may take its time.
    #expect(took < .seconds(4), "\(from)")
    #expect(status.file.last_error == "")
    return status
  }
}

extension Place {
  func options(_ overflow: LogClientOptions.Overflow) -> LogClientOptions {
    var options = LogClientOptions()
    options.runtimeDirectory = runtimeDirectory
    options.overflow = overflow
    return options
  }

  /// Workers that log so many records each, which have to fit their rings.
  func pool(_ count: Int, records: Int) throws -> [Worker] {
    try (0..<count).map { try Worker("worker\($0)", runtimeDirectory, records) }
  }

  /// Every record of the workers is in the files, once and in order; all records.
  @discardableResult
  func expectAll(of pool: [Worker], in files: [String]? = nil) throws -> [LogRecord] {
    let records = try (files ?? [logFile]).flatMap { try self.records(of: $0) }
    for worker in pool {
      #expect(worker.undelivered == 0)
      let texts = records.filter { $0.ident == worker.ident }.map(\.text)
      #expect(texts == (0..<worker.count).map { "record \($0)" }, "\(worker.ident)")
    }
    return records
  }
}

extension [LogRecord] {
  /// What the daemon itself has said, with these words.
  func saying(_ words: String) -> [LogRecord] {
    filter { $0.ident == "logd" && $0.text.contains(words) }
  }
}
