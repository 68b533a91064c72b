internal import CLinux
internal import LogdPlatform

/// The result of a merge while it is made: a hidden file beside the place it is for, so that nobody
/// takes half of it for the whole.
///
/// Its name is always the same, and who writes it holds its lock: what a merge that was killed has
/// left is used by the next one.
struct MergedFile: ~Copyable {
  let path: String
  private let temporary: String
  private let file: Descriptor
  private var buffer: [UInt8] = []
  private static let pieceBytes = 256 << 10

  /// - Throws: EEXIST when there is something at the path, EAGAIN when another merge writes it.
  init(_ path: String, mode: UInt32) throws(SystemError) {
    self.path = path
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let temporary = "\(path.dropLast(name.count)).\(name).merging"
    self.temporary = temporary
    file = try SystemError.naming("create", path) { () throws(Errno) in
      if (try? FileStatus(of: path, followingLinks: false)) != nil { throw Errno(17) }  // EEXIST
      return try Self.open(temporary, mode)
    }
    buffer.reserveCapacity(Self.pieceBytes * 2)
  }

  private static func open(_ path: String, _ mode: UInt32) throws(Errno) -> Descriptor {
    while true {
      let file = Descriptor(owning: try check(unsafe clinux_open_locked(path, mode)))
      // It may have been renamed to its place before the lock was ours.
      let found = try? FileStatus(of: path, followingLinks: false)
      guard found?.identity == (try FileStatus(of: file).identity) else { continue }
      _ = try check(clinux_truncate(file.raw))
      return file
    }
  }

  /// Adds a line; its newline is added to it.
  mutating func add(_ line: Span<UInt8>) throws(SystemError) {
    // SAFETY: the bytes are copied before the closure returns.
    unsafe line.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    buffer.append(0x0a)
    if buffer.count >= Self.pieceBytes { try write() }
  }

  private mutating func write() throws(SystemError) {
    try SystemError.naming("write", temporary) { () throws(Errno) in
      try file.write(buffer, 0..<buffer.count)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Returns when everything is on the disk, fsync(2).
  mutating func sync() throws(SystemError) {
    try write()
    try SystemError.naming("sync", temporary) { () throws(Errno) in
      _ = try check(clinux_sync_and_forget(file.raw))
    }
  }

  /// Reads back what is on the disk, and how many lines are earlier than one before them.
  func readBack(
    _ progress: (Int) -> Void
  ) throws(SystemError) -> (sum: LineSum, lateLines: Int) {
    try SystemError.naming("read", temporary) { () throws(Errno) in
      let blocks = LineBlocks(try PlainSource(file, from: 0))
      var sum = LineSum()
      var heads = LineHeadReader()
      var highest = Int64.min
      var late = 0
      while try blocks.next() {
        let buffer = blocks.buffer
        let lines = buffer.span.extracting(blocks.lines)
        var at = 0
        while at < lines.count {
          let end = lines.firstIndex(of: 0x0a, from: at) ?? lines.count
          let line = lines.extracting(at..<end)
          sum.add(line)
          if let head = heads.head(line) {
            if head.time < highest { late += 1 }
            highest = max(highest, head.time)
          }
          at = end + 1
        }
        progress(sum.bytes)
      }
      return (sum, late)
    }
  }

  /// Gives it its name, for good; EEXIST when something has taken it meanwhile.
  func publish() throws(SystemError) {
    try SystemError.naming("create", path) { () throws(Errno) in
      _ = try check(unsafe clinux_rename_new(temporary, path))
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try SystemError.naming("sync", directory) { () throws(Errno) in
      let file = try FileContents.open(directory)
      _ = try check(clinux_sync_and_forget(file.raw))
    }
  }

  /// Removes what there is of it.
  func discard() { _ = unsafe clinux_unlink(temporary) }  // the failure that led here matters more
}
