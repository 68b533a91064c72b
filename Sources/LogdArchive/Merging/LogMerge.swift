internal import LogdPlatform

/// Makes one log of several, in the order of time.
///
/// Lines keep their bytes: also one that is no record is kept, beside the one before it in its file,
/// and a line that is earlier than one before it in its file is not moved before that. Memory does
/// not grow with the files. The result takes its name only after it was synced and read back: so many lines,
/// with the same contents, in the same order; whatever fails before leaves nothing but the inputs.
public final class LogMerge {
  private let files: [LogFile]
  private let path: String

  public struct Outcome: Sendable {
    public let lines: Int
    public let bytes: Int
    /// Lines that are no records; they are in the result.
    public let damagedLines: Int
    /// Compressed files that could not be read to their end: path and words.
    public let troubles: [(path: String, text: String)]
  }

  public enum Failure: Error, CustomStringConvertible {
    /// The same file twice, or the result is one of the inputs.
    case repeated(String)
    /// A line of more than 8 MiB.
    case longLine
    /// What was read back is not what was written.
    case notVerified(String)

    public var description: String {
      switch self {
      case .repeated(let path): "\(path) is named twice"
      case .longLine:
        "a line is longer than \(LineBlocks.lineBytesMax >> 20) MiB; nothing was merged"
      case .notVerified(let path):
        "\(path) was read back from the disk and is not what was written; nothing was merged"
      }
    }
  }

  /// What it is at, for a progress bar: bytes that are written or verified.
  public enum Progress: Sendable {
    case merging(bytes: Int)
    case verifying(bytes: Int, of: Int)
  }

  /// Opens the inputs; `path` is where the result will be.
  public init(_ inputs: [String], into path: String) throws {
    self.path = path
    files = try inputs.map { path throws(SystemError) in try LogFile(path) }
    var seen: Set<FileStatus.Identity> = []
    for file in files where !seen.insert(file.status.identity).inserted {
      throw Failure.repeated(file.path)
    }
  }

  /// Bytes of the inputs; nil when some are compressed.
  public var inputBytes: Int? {
    files.allSatisfy { $0.compression == .none }
      ? files.reduce(0) { $0 + Int($1.status.bytes) } : nil
  }

  /// Merges, syncs, verifies, and gives the result its name. Blocks.
  public func run(_ progress: (Progress) -> Void = { _ in }) throws -> Outcome {
    var out = try MergedFile(path, mode: files.reduce(0o600) { $0 | ($1.status.mode & 0o666) })
    do {
      return try run(&out, progress)
    } catch {
      out.discard()
      throw error
    }
  }

  private func run(_ out: inout MergedFile, _ progress: (Progress) -> Void) throws -> Outcome {
    var filter = RecordFilter()
    filter.keepsDamaged = true
    let query = try Query(files, filter)
    var sum = LineSum()
    try query.run(pause: { progress(.merging(bytes: sum.bytes)) }) { line, _ in
      sum.add(line)
      try out.add(line)
      return true
    }
    if query.longLines > 0 { throw Failure.longLine }
    try out.sync()
    let (found, lateLines) = try out.readBack { progress(.verifying(bytes: $0, of: sum.bytes)) }
    guard found == sum, lateLines == query.lateLines else { throw Failure.notVerified(path) }
    try out.publish()
    return Outcome(
      lines: sum.lines, bytes: sum.bytes, damagedLines: query.damagedLines,
      troubles: query.troubles)
  }

  /// Removes the inputs; those that stay, with the reason. After ``run(_:)`` only.
  ///
  /// An input that has grown since it was opened, or is another file by now, holds what is not in
  /// the result.
  public func removeInputs(but spared: Set<String> = []) -> [(path: String, reason: String)] {
    files.compactMap { file in
      if spared.contains(file.path) { return (file.path, "is kept") }
      do throws(Errno) {
        let found = try FileStatus(of: file.path)
        guard found.identity == file.status.identity else {
          return (file.path, "is another file now")
        }
        guard found.bytes == file.status.bytes else { return (file.path, "has changed") }
        try file.remove()
        return nil
      } catch {
        return (file.path, "cannot be removed: \(error)")
      }
    }
  }
}
