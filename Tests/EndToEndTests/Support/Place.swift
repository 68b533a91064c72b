internal import FoundationEssentials
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

/// Directories of one test: a short one in /tmp for sockets, whose names must not be long, and one
/// below .build, which is on a disk. Gone with this object.
final class Place {
  /// Not there yet: the daemon makes it.
  let runtimeDirectory: String
  let directory: String
  /// In ``directory``, unless a test wants it elsewhere.
  var logFile: String
  private let runtimeParent: String
  private var programsStarted = 0

  init() throws {
    runtimeParent = try Self.makeDirectory(below: "/tmp")
    directory = try Self.makeDirectory(below: FileManager.default.currentDirectoryPath + "/.build")
    runtimeDirectory = runtimeParent + "/run"
    logFile = directory + "/logd.log"
  }

  deinit {
    for path in [runtimeParent, directory] {
      // What a test has made unreadable or has removed itself is not worth a failure.
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  func file(_ name: String) -> String { "\(directory)/\(name)" }

  private static func makeDirectory(below parent: String) throws -> String {
    var template = Array("\(parent)/logd-e2e-XXXXXX".utf8CString)
    guard let made = unsafe mkdtemp(&template) else {
      throw SystemError("make a directory in", parent, .current)
    }
    return unsafe String(cString: made)
  }

  // MARK: programs

  /// Starts a program of the project with the runtime directory of this place in its environment.
  func start(
    _ program: Program, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> RunningProgram {
    programsStarted += 1
    let usual = [
      "HOME": directory, "LOGD_RUNTIME_DIR": runtimeDirectory, "PATH": "/usr/bin:/bin",
    ]
    return try RunningProgram(
      program.path, arguments, environment: usual.merging(environment) { $1 },
      output: file("output-\(programsStarted)"), errors: file("errors-\(programsStarted)"))
  }

  /// Runs a program to its end.
  func run(
    _ program: Program, _ arguments: [String], within limit: Duration = .seconds(20)
  ) throws -> Finished {
    let running = try start(program, arguments)
    guard let ending = running.ending(within: limit) else {
      throw EndToEndFailure("\(program) \(arguments) runs after \(limit)")
    }
    return Finished(
      ending: ending, output: running.standardOutput, errors: running.standardError)
  }

  // MARK: files

  /// All records of a log file; a damaged line is a failure of the test.
  func records(of path: String? = nil) throws -> [LogRecord] {
    var records: [LogRecord] = []
    var reader = try LineReader(path: path ?? logFile)
    try reader.forEachLine { line, end in
      switch LogFormat.of(line).parse(line) {
      case .record(let record) where end == .newline: records.append(record)
      case let other: Issue.record("line \(records.count + 1) of the log: \(other), \(end)")
      }
      return true
    }
    return records
  }

  /// Whether the log file has a record of that ident yet.
  func hasRecord(of ident: String) throws -> Bool {
    var isFound = false
    var reader = try LineReader(path: logFile)
    try reader.forEachLine { line, end in
      if end == .newline, let record = LogFormat.of(line).parse(line).record {
        isFound = record.ident == ident
      }
      return !isFound
    }
    return isFound
  }

  func text(of path: String) throws -> String {
    String(decoding: try FileContents.read(path, bytesMax: 1 << 30), as: UTF8.self)
  }

  /// How many bytes stand between an offset, which is one of a line, and the record with that text; nil:
  /// there is none.
  func bytes(before text: String, from offset: UInt64) throws -> Int? {
    var count = 0
    var isFound = false
    var reader = try LineReader(path: logFile, from: Int64(offset))
    try reader.forEachLine { line, end in
      if end == .newline, let record = LogFormat.of(line).parse(line).record {
        isFound = record.text == text
      }
      if !isFound { count += line.count + 1 }
      return !isFound
    }
    return isFound ? count : nil
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: file(name)))
  }

  /// Adds to the end of a file that is there, which somebody may be writing.
  func append(_ text: String, to path: String) throws {
    let bytes = Array(text.utf8)
    let file = Descriptor(owning: unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC))
    guard unsafe Glibc.write(file.raw, bytes, bytes.count) == bytes.count else {
      throw SystemError("append to", path, .current)
    }
  }
}

extension LogRecord {
  var text: String { String(decoding: message, as: UTF8.self) }
}

/// What became of a program that was run to its end.
struct Finished {
  let ending: Ending
  let output: String
  let errors: String
}

/// What makes it pointless to go on with a test.
struct EndToEndFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
