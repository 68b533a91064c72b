internal import CLinux
internal import LogdPlatform

/// A log file from its last lines on, also while it grows and is rotated.
///
/// Only whole lines are given out. When another file has taken the name, the old one is read to its
/// end before the new one is begun; and the new one is not begun before something is in it, because
/// until then the daemon may still write to the old one.
struct LogTail: ~Copyable {
  private static let blockBytes = 64 << 10

  private let path: String
  private var file: Descriptor
  private var offset: Int
  /// The beginning of a line whose end is not there yet.
  private var unfinished: [UInt8] = []

  /// Opens the file and looks for the last `lines` lines.
  init(_ path: String, lines: Int) throws(SystemError) {
    let opened = try SystemError.naming("read", path) { () throws(Errno) in
      try FileContents.open(path)
    }
    let start = try SystemError.naming("read", path) { () throws(Errno) in
      try Self.start(of: lines, in: opened)
    }
    self.path = path
    file = opened
    offset = start
  }

  /// Wakes whenever ``copy(_:)`` may have something to do. Made before the last `copy` that may
  /// find nothing, so that no change is missed.
  static func watch(_ path: String) throws(SystemError) -> DirectoryWatch {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return try SystemError.naming("watch", directory) { () throws(Errno) in
      try DirectoryWatch(directory)
    }
  }

  /// Gives out what is there now, in blocks of whole lines.
  mutating func copy(_ body: ([UInt8]) throws -> Void) throws {
    try copyToEnd(body)
    while let next = try successor() {
      try copyToEnd(body)
      if !unfinished.isEmpty { try body(unfinished + [UInt8(ascii: "\n")]) }
      unfinished = []
      file = next
      offset = 0
      try copyToEnd(body)
    }
  }

  /// Gives out a last line that has no end.
  mutating func copyUnfinished(_ body: ([UInt8]) throws -> Void) rethrows {
    if !unfinished.isEmpty { try body(unfinished + [UInt8(ascii: "\n")]) }
    unfinished = []
  }

  private mutating func copyToEnd(_ body: ([UInt8]) throws -> Void) throws {
    do {
      let bytes = try FileStatus(of: file).bytes
      if bytes < offset {  // cut by somebody: what is there now is new
        offset = 0
        unfinished = []
      }
    } catch {
      throw SystemError("examine", path, error)
    }
    while true {
      let block = try readBlock()
      if block.isEmpty { return }
      offset += block.count
      guard let end = block.lastIndex(of: UInt8(ascii: "\n")) else {
        unfinished += block
        continue
      }
      try body(unfinished + block[...end])
      unfinished = Array(block[(end + 1)...])
    }
  }

  /// Another file of our name with something in it.
  private func successor() throws(SystemError) -> Descriptor? {
    do {
      let next = try FileContents.open(path)
      let status = try FileStatus(of: next)
      let isOther = try status.identity != FileStatus(of: file).identity
      if isOther && status.bytes > 0 { return next }
      return nil
    } catch {
      if error.isMissing { return nil }
      throw SystemError("read", path, error)
    }
  }

  private func readBlock() throws(SystemError) -> ArraySlice<UInt8> {
    try SystemError.naming("read", path) { () throws(Errno) in
      try Self.read(file, at: offset, Self.blockBytes)
    }
  }

  private static func read(
    _ file: borrowing Descriptor, at offset: Int, _ count: Int
  ) throws(Errno) -> ArraySlice<UInt8> {
    var block = [UInt8](repeating: 0, count: count)
    let got: Int = try check(
      unsafe clinux_pread(file.raw, &block, UInt64(count), UInt64(offset)))
    return block[..<got]
  }

  /// Where the last `lines` lines begin, searched from the end.
  private static func start(of lines: Int, in file: borrowing Descriptor) throws(Errno) -> Int {
    let size = try Int(FileStatus(of: file).bytes)
    var end = size
    var missing = lines
    while end > 0 {
      let begin = max(0, end - blockBytes)
      let block = try read(file, at: begin, end - begin)
      for index in block.indices.reversed() where block[index] == UInt8(ascii: "\n") {
        // The newline that ends the last line ends no line before it.
        if begin + index + 1 == size && lines > 0 { continue }
        missing -= 1
        if missing <= 0 { return begin + index + 1 }
      }
      end = begin
    }
    return 0
  }
}
