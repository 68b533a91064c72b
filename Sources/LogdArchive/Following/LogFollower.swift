public import LogdPlatform

/// The lines that are added to a log from some moment on, over all rotations: each once.
///
/// When another file has taken the name, the old one is read to its end, then the archives that were
/// made between the two, then the new one; and not before something is in the new one, because
/// until then the daemon may still write to the old. A file that was cut is read from its beginning:
/// what was cut before it was read is lost, copytruncate cannot do better.
public final class LogFollower {
  private let chain: LogChain
  private var judge: BlockScan
  private var current: FollowedFile
  /// The archives that were there when the current file was at the path.
  private var known: Set<String>
  /// Archives that were removed before they could be read.
  public private(set) var missed: [String] = []

  /// Begins behind the last whole line that the log had when its files were opened.
  ///
  /// - Parameter files: what ``LogChain/open()`` has opened.
  public init(
    _ chain: LogChain, _ files: [LogFile], _ filter: RecordFilter
  ) throws(SystemError) {
    guard let live = files.last else { preconditionFailure("the log file itself comes last") }
    self.chain = chain
    judge = BlockScan(filter)
    current = try FollowedFile(live, isFromStart: false)
    known = Set(files.compactMap(\.archive?.name))
  }

  /// Gives out what has been added since the last call.
  public func poll(_ body: (Span<UInt8>) throws -> Void) throws {
    try give(current, isLast: false, body)
    while let (closed, next) = try successors() {
      try give(current, isLast: true, body)
      for file in closed {
        try file.forEachLine { line in
          if try judge.wanted(line) != nil { try body(line) }
        }
      }
      current = try FollowedFile(next, isFromStart: true)
      try give(current, isLast: false, body)
    }
  }

  private func give(
    _ file: FollowedFile, isLast: Bool, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    try file.forEachNewLine(isLast: isLast) { line in
      if try judge.wanted(line) != nil { try body(line) }
    }
  }

  /// What was begun after our file: files that nobody writes to any more, and the last, to which
  /// the daemon may still write. Nil when there is nothing in any of them.
  private func successors() throws(SystemError) -> (closed: [LogFile], next: LogFile)? {
    while let live = try chain.openLive(), live.status.identity != current.identity {
      let archives = try chain.archives()
      // Rotated between the two looks, it would be among the archives and be the next as well.
      guard try chain.openLive()?.status.identity == live.status.identity else { continue }
      var files: [LogFile] = []
      var gone: [String] = []
      for archive in archives where !known.contains(archive.name) {
        guard let file = try chain.open(archive) else {
          gone.append(archive.name)
          continue
        }
        if try isAnother(file) { files.append(file) }
      }
      if live.status.bytes > 0 || files.last?.compression != Compression.none {
        files.append(live)
      }
      guard let next = files.popLast(), next.status.bytes > 0 || !files.isEmpty else { return nil }
      known = Set(archives.map(\.name))
      missed += gone
      return (files, next)
    }
    return nil
  }

  /// Whether an archive is not our file itself, as it is or compressed.
  private func isAnother(_ file: LogFile) throws(SystemError) -> Bool {
    if file.status.identity == current.identity { return false }
    return file.compression == .none ? true : try !current.isTheSame(as: file)
  }
}

extension LogChain {
  /// Nil while there is none.
  func openLive() throws(SystemError) -> LogFile? {
    do throws(SystemError) {
      return try LogFile(path, isLive: true)
    } catch {
      if error.errno.isMissing { return nil }
      throw error
    }
  }
}
