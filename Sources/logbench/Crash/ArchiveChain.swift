internal import Glibc
internal import LogdArchive
internal import LogdPlatform

/// A log file that the daemon rotates: its archives by their names, then the file itself. An archive
/// that was read is removed.
final class ArchiveChain: WrittenFiles {
  private let path: String
  private let chain: LogChain
  private var reader: LineReader
  /// Of the file in hand, which is the oldest there is.
  private var identity: FileStatus.Identity
  private var bytesDone: Int64 = 0
  private(set) var filesDone = 0
  private(set) var archivesDone = 0

  init(path: String) throws {
    self.path = path
    chain = LogChain(path)
    identity = try FileStatus(of: path).identity
    reader = try LineReader(path: path)
  }

  func rename() -> Bool { false }

  func bytesAhead() -> Int64 { bytesThere() - reader.offset }

  func bytesWritten() -> Int64 { bytesDone + bytesThere() }

  private func bytesThere() -> Int64 {
    // One that is gone or not there yet counts with the next look.
    let archives = (try? chain.archives()) ?? []
    return (archives.map(\.path) + [path]).reduce(0) { sum, path in
      sum + Int64((try? FileStatus(of: path).bytes) ?? 0)
    }
  }

  func read(with verifier: inout Verifier) throws {
    while let archive = try chain.archives().first {
      guard try FileStatus(of: archive.path).identity == identity else {
        throw Failure("\(archive.name) is not the file that was begun first")
      }
      // Nothing more comes to it once there is something in the next.
      let next = try chain.archives().dropFirst().first?.path ?? path
      guard let status = try? FileStatus(of: next), status.bytes > 0 else { break }
      try verifier.readOn(&reader, isFinal: true)
      bytesDone += Int64(try FileStatus(of: archive.path).bytes)
      _ = unsafe unlink(archive.path)
      archivesDone += 1
      filesDone += 1
      try openNext()
    }
    try verifier.readOn(&reader, isFinal: false)
  }

  /// The oldest that is left. It may be renamed while we look.
  private func openNext() throws {
    while true {
      let name = try chain.archives().first?.path ?? path
      guard let reader = try? LineReader(path: name) else { continue }
      identity = try reader.identity
      if try chain.archives().first.map({ try FileStatus(of: $0.path).identity }) ?? identity
        != identity
      {
        continue
      }
      self.reader = reader
      return
    }
  }

  func readLast(with verifier: inout Verifier) throws {
    try read(with: &verifier)
    try verifier.readOn(&reader, isFinal: true)
    filesDone += 1
    // The last one may be an archive, and the log file empty.
    if try chain.archives().count > 0 { archivesDone += 1 }
    if try chain.archives().count > 1 { throw Failure("archives are left that were not read") }
  }
}
