internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

extension Place {
  /// The names of the archives beside the log file, in the order in which they were written.
  func archives() throws -> [String] {
    let pattern = /logd-(\d{8}T\d{6}Z)(?:-(\d+))?\.log(?:\.gz|\.zst)?/
    return try Directory.names(in: directory).compactMap { name in
      try pattern.wholeMatch(in: name).map { match in
        (String(match.1), match.2.flatMap { Int($0) } ?? 0, name)
      }
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
  }

  /// All records of the archives and of the log file.
  func recordsOfAll() throws -> [LogRecord] {
    try archives().flatMap { try records(of: file($0)) } + records()
  }

  /// Every record of these workers is there once, in order, over all files.
  func expectAllFiles(
    of pool: [Worker], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let records = try recordsOfAll()
    for worker in pool {
      let texts = records.filter { $0.ident == worker.ident }.map(\.text)
      let isExact = texts == (0..<worker.count).map { "record \($0)" }
      #expect(
        isExact, "\(worker.ident): \(texts.count) of \(worker.count)",
        sourceLocation: sourceLocation)
      #expect(worker.undelivered == 0, sourceLocation: sourceLocation)
    }
  }
}
