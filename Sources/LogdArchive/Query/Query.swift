public import LogdPlatform

/// Finds records in the files of a log, in the order of time over all of them.
///
/// Memory does not grow with the files: a block of each file that has lines of the same time. A file
/// is not opened again, so what happens to its name meanwhile does not matter. Within a file lines
/// keep their order; a record that came late stands where it stands.
public final class Query {
  private let filter: RecordFilter
  private let isReversed: Bool
  /// A file whose name says when it was closed was written to until there was a new one: that takes
  /// no minute.
  private static let rotation: Int64 = 60_000_000_000

  /// Files that are not begun, the next one last, with the bound of the times in them.
  private var waiting: [(file: LogFile, order: Int, bound: Int64)]
  private var streams: [LogStream] = []

  /// Lines that are no records, among those that were looked at.
  public private(set) var damagedLines = 0
  /// What was wrong with files: path and words.
  public private(set) var troubles: [(path: String, text: String)] = []

  /// - Parameter files: in the order that decides between equal times.
  public init(_ files: [LogFile], _ filter: RecordFilter, isReversed: Bool = false)
    throws(SystemError)
  {
    self.filter = filter
    self.isReversed = isReversed
    waiting = []
    for (order, file) in files.enumerated() {
      if let latest = file.archive?.latest, latest + Self.rotation < filter.since { continue }
      let isFirstWanted = !isReversed || filter.until < .max
      let first = try isFirstWanted ? file.firstTime() ?? .min : .min
      if first > .min, first - BlockScan.disorder > filter.until { continue }
      waiting.append((file, order, isReversed ? file.archive?.latest ?? .max : first))
    }
    waiting.sort { a, b in
      a.bound == b.bound ? a.order > b.order : (a.bound > b.bound) != isReversed
    }
  }

  /// Calls `body` with every line that is asked for, without its newline, and its time, until it
  /// answers false; `pause` now and then, when there may be nothing to give for a while.
  public func run(
    pause: () throws -> Void = {}, _ body: (Span<UInt8>, Int64) throws -> Bool
  ) throws {
    while try beginFiles(pause), let index = next() {
      let bound = bound(besides: index)
      guard try streams[index].give(until: bound, body) else { return noteAll() }
      try advance(index, pause)
    }
  }

  /// Whether `a` comes before `b` in the order asked for.
  private func isBefore(_ a: Int64, _ b: Int64) -> Bool { isReversed ? a > b : a < b }

  /// Begins the files that may have lines before the next of the others; false when nothing is
  /// left.
  private func beginFiles(_ pause: () throws -> Void) throws -> Bool {
    while let candidate = waiting.last {
      let reach = isReversed ? -BlockScan.disorder : BlockScan.disorder
      if let index = next(), let time = streams[index].nextTime,
        isBefore(time, candidate.bound.saturatingSubtract(reach))
      {
        return true
      }
      waiting.removeLast()
      streams.append(
        try LogStream(
          candidate.file, order: candidate.order, filter: filter, isReversed: isReversed))
      try advance(streams.count - 1, pause)
    }
    return !streams.isEmpty
  }

  /// Loads blocks until there is a line to give, or puts the file away.
  private func advance(_ index: Int, _ pause: () throws -> Void) throws {
    while streams[index].nextTime == nil {
      try pause()
      guard try streams[index].load() else {
        note(streams.remove(at: index))
        return
      }
    }
  }

  /// The file with the first line.
  private func next() -> Int? {
    var best: Int?
    for index in streams.indices {
      if let current = best, !isFirst(streams[index], streams[current]) { continue }
      best = index
    }
    return best
  }

  private func isFirst(_ a: LogStream, _ b: LogStream) -> Bool {
    guard let left = a.nextTime, let right = b.nextTime else { return false }
    return left == right ? (a.order < b.order) != isReversed : isBefore(left, right)
  }

  /// Up to here the file may give its lines without looking at the others.
  private func bound(besides index: Int) -> Int64 {
    let reach = isReversed ? -BlockScan.disorder : BlockScan.disorder
    var bound = waiting.last?.bound.saturatingSubtract(reach) ?? (isReversed ? .min : .max)
    for other in streams.indices where other != index {
      guard let time = streams[other].nextTime else { continue }
      let isFirst = (streams[index].order < streams[other].order) != isReversed
      let limit = isFirst ? time : time.saturatingSubtract(isReversed ? -1 : 1)
      if isBefore(limit, bound) { bound = limit }
    }
    return bound
  }

  private func noteAll() {
    streams.forEach(note)
    streams = []
  }

  private func note(_ stream: LogStream) {
    damagedLines += stream.damagedLines
    if let text = stream.trouble { troubles.append((stream.path, text)) }
  }
}

extension Int64 {
  fileprivate func saturatingSubtract(_ other: Int64) -> Int64 {
    let (result, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : result
  }
}
