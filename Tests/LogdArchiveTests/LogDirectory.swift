import Glibc
import LogdArchive
import LogdWire
import Testing

/// A directory of one test with files of a log; removed with the object.
final class LogDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/logd-archive-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template) != nil
    try #require(made)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { shell("rm -rf \(path)") }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, compressed when its name ends in .gz or .zst.
  @discardableResult func write(_ bytes: [UInt8], to name: String) -> String {
    let compressor = name.hasSuffix(".gz") ? "gzip" : name.hasSuffix(".zst") ? "zstd -q" : "cat"
    let stream = unsafe popen("\(compressor) > \(file(name))", "w")!
    let count = unsafe fwrite(bytes, 1, bytes.count, stream)
    let code = unsafe pclose(stream)
    #expect(count == bytes.count && code == 0)
    return file(name)
  }

  func shell(_ command: String) {
    let code = unsafe system(command)
    if code != 0 { Issue.record("\(command): \(code)") }
  }

  /// Lines of records in one format, with newlines.
  static func lines(_ records: [LogRecord], _ format: LogFormat) -> [UInt8] {
    records.flatMap { $0.line(format) + [0x0a] }
  }
}

extension Query {
  /// All lines that it finds.
  func lines() throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    try run { line, _ in
      lines.append(line.indices.map { line[$0] })
      return true
    }
    return lines
  }
}

/// A filter in one expression.
func filter(_ change: (inout RecordFilter) throws -> Void) rethrows -> RecordFilter {
  var filter = RecordFilter()
  try change(&filter)
  return filter
}
