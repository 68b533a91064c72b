internal import CLinux
public import LogdPlatform

/// One file of a log, opened: it stays the same file when it is renamed, compressed or removed, and
/// is read as far as it went when it was opened.
public final class LogFile {
  public let path: String
  let file: Descriptor
  let compression: Compression
  public let status: FileStatus
  /// What its name says, of an archive.
  let archive: LogChain.Archive?
  /// The daemon may be writing its last line.
  public var isLive: Bool

  /// - Parameter isLive: a last line without a newline is being written.
  public convenience init(_ path: String, isLive: Bool = false) throws(SystemError) {
    try self.init(path, archive: nil, isLive: isLive)
  }

  init(
    _ path: String, archive: LogChain.Archive?, isLive: Bool = false
  ) throws(SystemError) {
    self.path = path
    self.archive = archive
    self.isLive = isLive
    file = try SystemError.naming("read", path) { () throws(Errno) in
      try FileContents.open(path)
    }
    do throws(Errno) {
      status = try FileStatus(of: file)
      if status.kind == .directory { throw Errno(21) }  // EISDIR
      compression = try Compression(file, name: path)
    } catch {
      throw SystemError("read", error.isOfPipe ? "the FIFO \(path), which is no file" : path, error)
    }
  }

  /// unlink(2)
  func remove() throws(Errno) { _ = try check(unsafe clinux_unlink(path)) }

  /// The time of the first line that has one; nil when there is none near the beginning.
  func firstTime() throws(SystemError) -> Int64? {
    try SystemError.naming("read", path) { () throws(Errno) in
      let blocks = LineBlocks(try compression.source(file), blockBytes: 16 << 10)
      var heads = LineHeadReader()
      for _ in 0..<4 {
        guard try blocks.next() else { return nil }
        let buffer = blocks.buffer
        let lines = buffer.span.extracting(blocks.lines)
        if let found = lines.firstTime(from: 0, &heads) { return found.time }
      }
      return nil
    }
  }
}

extension Span<UInt8> {
  /// The first line at or after `from`, which begins a line, that has a time.
  func firstTime(
    from start: Int, _ heads: inout LineHeadReader
  ) -> (place: Int, time: Int64)? {
    var at = start
    while at < count {
      if let time = heads.time(extracting(at...)) { return (at, time) }
      guard let end = firstIndex(of: 0x0a, from: at) else { return nil }
      at = end + 1
    }
    return nil
  }
}
