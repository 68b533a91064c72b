internal import LogdPlatform

/// What is asked for of one file, line by line, in the order that is asked for.
final class LogStream {
  let path: String
  /// Where it stands among the files: decides between equal times.
  let order: Int
  private let blocks: any Blocks
  private let isReversed: Bool
  private let isLive: Bool
  private let keepsDamaged: Bool
  private var scan: BlockScan
  /// Of the block that is in memory.
  private var matches: [Match] = []
  private var given = 0
  private var unfinishedLines = 0

  /// Opens nothing: the file stays what it was when it was opened.
  init(
    _ file: LogFile, order: Int, filter: RecordFilter, isReversed: Bool
  ) throws(SystemError) {
    path = file.path
    self.order = order
    self.isReversed = isReversed
    isLive = file.isLive
    keepsDamaged = filter.keepsDamaged
    scan = BlockScan(filter, isReversed: isReversed)
    blocks = try isReversed ? file.linesBackward(filter) : file.lines(filter)
  }

  var damagedLines: Int { scan.damagedLines + blocks.longLines + unfinishedLines }
  var trouble: String? { blocks.trouble }
  var lateLines: Int { scan.lateLines }
  var longLines: Int { blocks.longLines }

  /// The time of the next line that is asked for; nil when the block in memory has no more.
  var nextTime: Int64? { given < matches.count ? nextMatch.time : nil }

  private var nextMatch: Match { matches[isReversed ? matches.count - 1 - given : given] }

  /// Looks through the next block; false when there is none. Blocks.
  func load() throws -> Bool {
    matches.removeAll(keepingCapacity: true)
    given = 0
    if scan.isBeyond && !isReversed { return false }
    let isMore = try SystemError.naming("read", path) { () throws(Errno) in try blocks.next() }
    guard isMore else { return false }
    let buffer = blocks.buffer
    try scan.scan(buffer.span, wholeLines(buffer), into: &matches)
    return true
  }

  /// Without a last line that has no newline: it is being written, or the rest of it was lost, and
  /// what is there may look like a record that it was not.
  private func wholeLines(_ buffer: [UInt8]) -> Range<Int> {
    let lines = blocks.lines
    guard !lines.isEmpty, buffer[lines.upperBound - 1] != 0x0a else { return lines }
    if !isLive, keepsDamaged { return lines }
    if !isLive, blocks.trouble == nil { unfinishedLines += 1 }
    let last = buffer.span.extracting(lines).lastIndex(of: 0x0a)
    return lines.lowerBound..<(last.map { lines.lowerBound + $0 + 1 } ?? lines.lowerBound)
  }

  /// Gives out the lines in memory as long as their time is before `bound` in the order asked for,
  /// and until `body` answers false; whether it never did.
  func give(
    until bound: Int64, _ body: (Span<UInt8>, Int64) throws -> Bool
  ) rethrows -> Bool {
    let buffer = blocks.buffer
    while given < matches.count {
      let match = nextMatch
      if isReversed ? match.time < bound : match.time > bound { return true }
      given += 1
      guard try body(buffer.span.extracting(match.line), match.time) else { return false }
    }
    return true
  }
}

extension LogFile {
  /// The lines from `since` on, and some before.
  fileprivate func lines(_ filter: RecordFilter) throws(SystemError) -> any Blocks {
    try SystemError.naming("read", path) { () throws(Errno) in
      guard compression == .none else { return LineBlocks(try compression.source(file)) }
      let range = try range(filter)
      return LineBlocks(try PlainSource(file, from: range.lowerBound, to: range.upperBound))
    }
  }

  /// The same from the end on. What is compressed is unpacked into a file without a name first.
  fileprivate func linesBackward(_ filter: RecordFilter) throws(SystemError) -> any Blocks {
    guard compression == .none else {
      let source = try SystemError.naming("read", path) { () throws(Errno) in
        try compression.source(file)
      }
      let spool = try Spool(source)
      return try SystemError.naming("read", path) { () throws(Errno) in
        try BackwardBlocks(spool.file, 0..<spool.byteCount, trouble: source.trouble)
      }
    }
    return try SystemError.naming("read", path) { () throws(Errno) in
      try BackwardBlocks(file, try range(filter))
    }
  }

  /// Where the lines of a time are, in a file that is not compressed.
  private func range(_ filter: RecordFilter) throws(Errno) -> Range<Int64> {
    let size = Int64(status.bytes)
    var search = try TimeSearch(file)
    var range = 0..<size
    if filter.since > .min + BlockScan.disorder {
      let start = try search.place(of: filter.since - BlockScan.disorder, size: size).lowerBound
      range = start..<size
    }
    if filter.until < .max - BlockScan.disorder {
      let end = try search.place(of: filter.until + BlockScan.disorder, size: size).upperBound
      range = range.lowerBound..<max(range.lowerBound, end)
    }
    return range
  }
}
