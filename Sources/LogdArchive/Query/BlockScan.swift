/// A line that is asked for.
struct Match {
  /// Where it stands in its block, without its newline.
  let line: Range<Int>
  let time: Int64
}

/// Finds the lines of a block that are asked for.
///
/// With a needle only the lines that hold it are looked at, so damage is noticed in these alone.
/// Backwards, a line that is no record and stands first in its block has the time of the next one.
struct BlockScan {
  /// By how much a line may be earlier than one before it: `order.window` is at most one second.
  static let disorder: Int64 = 1_000_000_000

  private let filter: RecordFilter
  private let isReversed: Bool
  private let needle: Needle?
  /// The field whose key the needle is.
  private let field: FieldCondition?
  private var heads = LineHeadReader()
  private var lastTime = Int64.min
  private var highestTime = Int64.min
  /// Lines that are earlier than one before them in the file.
  private(set) var lateLines = 0
  private var hasUntimed = false
  private(set) var damagedLines = 0
  /// A line was so much later than `until` that no more are to come.
  private(set) var isBeyond = false

  init(_ filter: RecordFilter, isReversed: Bool = false) {
    self.filter = filter
    self.isReversed = isReversed
    let needle = filter.needle
    self.needle = needle?.0
    field = needle?.keyOf
  }

  /// Appends the matches among the whole lines `range` of `block`. A last line without a newline is
  /// one, too.
  mutating func scan(
    _ block: Span<UInt8>, _ range: Range<Int>, into matches: inout [Match]
  ) throws(Pattern.Mistake) {
    let lines = block.extracting(..<range.upperBound)
    var at = range.lowerBound
    if isReversed { lastTime = .min }
    while at < range.upperBound {
      var start = at
      if needle != nil {
        guard let hit = nextHit(lines, at) else { return noteEnd(lines, at) }
        start = lines.extracting(at..<hit).lastIndex(of: 0x0a).map { at + $0 + 1 } ?? at
      }
      let end = lines.firstIndex(of: 0x0a, from: start) ?? range.upperBound
      try look(at: lines.extracting(start..<end), start, into: &matches)
      at = end + 1
    }
  }

  /// Where the needle is next, in a line that is worth a look.
  private func nextHit(_ lines: Span<UInt8>, _ start: Int) -> Int? {
    var at = start
    while let hit = needle?.firstIndex(in: lines, from: at) {
      if let field, !field.isLikely(lines, hit) { at = hit + 1 } else { return hit }
    }
    return nil
  }

  private mutating func look(
    at line: Span<UInt8>, _ start: Int, into matches: inout [Match]
  ) throws(Pattern.Mistake) {
    guard let time = try wanted(line, found: needle) else { return }
    let match = Match(line: start..<start + line.count, time: time)
    matches.append(match)
    if hasUntimed, time > .min { giveTime(time, to: &matches) }
    if time == .min { hasUntimed = true }
  }

  /// The time of a line that is asked for; that of the last record for one that is none. `found`: it
  /// was found by this.
  mutating func wanted(
    _ line: Span<UInt8>, found needle: Needle? = nil
  ) throws(Pattern.Mistake) -> Int64? {
    guard let head = heads.head(line) else {
      damagedLines += 1
      return filter.keepsDamaged ? lastTime : nil
    }
    if head.time < highestTime { lateLines += 1 }
    highestTime = max(highestTime, head.time)
    lastTime = head.time
    if head.time > filter.until { noteTime(head.time) }
    switch try filter.judge(line, head, found: needle) {
    case .match: return head.time
    case .other: return nil
    case .damaged:
      damagedLines += 1
      return filter.keepsDamaged ? head.time : nil
    }
  }

  /// Lines before the first record that are none stand beside it.
  private mutating func giveTime(_ time: Int64, to matches: inout [Match]) {
    for index in matches.indices where matches[index].time == .min {
      matches[index] = Match(line: matches[index].line, time: time)
    }
    hasUntimed = false
  }

  /// Whatever else a block holds, one line that is too late ends the search.
  private mutating func noteEnd(_ lines: Span<UInt8>, _ at: Int) {
    guard filter.until < .max, let time = heads.time(lines.extracting(at...)) else { return }
    noteTime(time)
  }

  private mutating func noteTime(_ time: Int64) {
    if time.saturatingAdd(-Self.disorder) > filter.until { isBeyond = true }
  }
}
