internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform

/// The log file and those that it was before: read in the order in which they were written, and
/// given back to the file system when they have been.
protocol WrittenFiles: AnyObject {
  /// Files that were read to their end, and how many of them are archives of the daemon.
  var filesDone: Int { get }
  var archivesDone: Int { get }
  /// Bytes that there are beyond what was read.
  func bytesAhead() -> Int64
  /// Where the daemon writes has this many bytes now: of all files.
  func bytesWritten() -> Int64
  /// Reads what there is.
  func read(with verifier: inout Verifier) throws
  /// The last look: the daemon has ended.
  func readLast(with verifier: inout Verifier) throws
  /// Renames the log file, as an administrator does. False: the daemon goes on in the one that was
  /// renamed last, because it had opened it before.
  func rename() throws -> Bool
}

/// A log file that we rename ourselves.
final class FileChain: WrittenFiles {
  private let path: String
  private var reader: LineReader
  private var identity: FileStatus.Identity
  private var freed: Int64 = 0
  /// What the file in hand is called after renames.
  private var name: String
  private(set) var filesDone = 0
  let archivesDone = 0
  /// The next daemon looks for the last batch in the file: so much stays.
  private static let keptBytes: Int64 = 16 << 20

  init(path: String) throws {
    let identity = try FileStatus(of: path).identity
    let reader = try LineReader(path: path)
    self.path = path
    name = path
    self.identity = identity
    self.reader = reader
  }

  func rename() throws -> Bool {
    guard isCurrent(path), name == path else { return false }
    let other = "\(path).\(filesDone)"
    guard unsafe Glibc.rename(path, other) == 0 else {
      throw SystemError("rename", path, .current)
    }
    name = other
    return true
  }

  func bytesAhead() -> Int64 { fileBytes(name) - reader.offset }

  func bytesWritten() -> Int64 {
    name == path ? fileBytes(path) : fileBytes(name) + fileBytes(path)
  }

  func read(with verifier: inout Verifier) throws {
    // Looked at first: once there is something in the next, nothing more comes to this one.
    while try name != path && hasNext() {
      try verifier.readOn(&reader, isFinal: true)
      _ = unsafe unlink(name)
      try openNext()
    }
    try verifier.readOn(&reader, isFinal: false)
    giveBack()
  }

  func readLast(with verifier: inout Verifier) throws {
    try read(with: &verifier)
    try verifier.readOn(&reader, isFinal: true)
    filesDone += 1
  }

  /// Whether the name leads to another file by now, which has been written to.
  private func hasNext() throws -> Bool { !isCurrent(path) && fileBytes(path) > 0 }

  private func isCurrent(_ path: String) -> Bool {
    (try? FileStatus(of: path).identity) == identity  // not there: not this one
  }

  private func openNext() throws {
    reader = try LineReader(path: path)
    identity = try FileStatus(of: path).identity
    name = path
    freed = 0
    filesDone += 1
  }

  /// fallocate(2): the file keeps its length, the room is free.
  private func giveBack() {
    let end = (reader.offset - Self.keptBytes) & ~0xF_FFFF
    guard end > freed else { return }
    let number = unsafe open(name, O_WRONLY | O_CLOEXEC)
    guard number >= 0 else { return }
    defer { close(number) }
    // Where it cannot be done the file grows: no reason to fail.
    _ = clinux_punch_hole(number, UInt64(freed), UInt64(end - freed))
    freed = end
  }
}
