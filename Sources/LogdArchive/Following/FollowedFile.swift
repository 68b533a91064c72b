internal import LogdPlatform

/// A log file that grows, and may be cut.
final class FollowedFile {
  /// So much of what was read last is looked at again, to notice a file that was cut and has grown
  /// beyond that place since.
  private static let anchorBytes = 128
  /// So much of the beginning tells files apart: two with the same first lines are the same.
  private static let beginningBytes = 4096

  let identity: FileStatus.Identity
  private let file: Descriptor
  private let path: String
  private var reader: LineReader
  /// The last bytes before the place that has been read up to.
  private var anchor: [UInt8] = []

  init(_ opened: LogFile, isFromStart: Bool) throws(SystemError) {
    let path = opened.path
    self.path = path
    identity = opened.status.identity
    do throws(Errno) {
      file = try opened.file.duplicate()
      let start = isFromStart ? 0 : try opened.endOfLines()
      reader = LineReader(try opened.file.duplicate(), name: path, from: start)
    } catch {
      throw SystemError("read", path, error)
    }
    try remember()
  }

  /// Calls `body` with every whole line that is new, without its newline; of a file that is at its
  /// end for good also with a last one that has none.
  func forEachNewLine(isLast: Bool, _ body: (Span<UInt8>) throws -> Void) throws {
    if try wasCut() { try startAgain() }
    var failure: (any Error)?
    try reader.forEachLine { line, end in
      guard end == .newline || (isLast && end == .endOfFile) else { return true }
      do {
        try body(line)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    try remember()
  }

  /// Whether what another file begins with is what ours begins with.
  func isTheSame(as other: LogFile) throws(SystemError) -> Bool {
    try SystemError.naming("read", path) { () throws(Errno) in
      let ours = try Self.beginning(PlainSource(file, from: 0))
      let theirs = try Self.beginning(other.compression.source(other.file))
      return !ours.isEmpty && ours == theirs
    }
  }

  private static func beginning(_ source: any ByteSource) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: beginningBytes)
    var count = 0
    while count < bytes.count {
      let got = try source.read(&bytes, count..<bytes.count)
      if got == 0 { break }
      count += got
    }
    return Array(bytes[..<count])
  }

  private func wasCut() throws(SystemError) -> Bool {
    try SystemError.naming("read", path) { () throws(Errno) in
      if try Int64(FileStatus(of: file).bytes) < reader.offset { return true }
      return try read(anchor.count) != anchor
    }
  }

  private func startAgain() throws(SystemError) {
    let (file, path) = try SystemError.naming("read", path) { () throws(Errno) in
      (try self.file.duplicate().release(), self.path)
    }
    reader = LineReader(Descriptor(owning: file), name: path)
    anchor = []
  }

  private func remember() throws(SystemError) {
    anchor = try SystemError.naming("read", path) { () throws(Errno) in
      try read(Int(min(reader.offset, Int64(Self.anchorBytes))))
    }
  }

  /// So many bytes before the place that has been read up to.
  private func read(_ count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try file.read(&bytes, 0..<count, at: reader.offset - Int64(count))
    return Array(bytes[..<got])
  }
}

extension LogFile {
  /// Behind the last newline of what it held when it was opened.
  fileprivate func endOfLines() throws(Errno) -> Int64 {
    var end = Int64(status.bytes)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while end > 0 {
      let start = max(0, end - Int64(buffer.count))
      let count = try file.read(&buffer, 0..<Int(end - start), at: start)
      let newline = buffer.span.extracting(..<count).lastIndex(of: 0x0a)
      if let newline { return start + Int64(newline) + 1 }
      end = start
    }
    return 0
  }

  /// Every line, from the first to the last.
  func forEachLine(_ body: (Span<UInt8>) throws -> Void) throws {
    let path = path
    let blocks = try SystemError.naming("read", path) { () throws(Errno) in
      LineBlocks(try compression.source(file))
    }
    while try SystemError.naming("read", path, { () throws(Errno) in try blocks.next() }) {
      let buffer = blocks.buffer
      let lines = buffer.span.extracting(blocks.lines)
      var at = 0
      while at < lines.count {
        let end = lines.firstIndex(of: 0x0a, from: at) ?? lines.count
        try body(lines.extracting(at..<end))
        at = end + 1
      }
    }
  }
}
