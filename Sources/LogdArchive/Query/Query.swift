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
  /// When the next line of each is: side by side, because all are looked at for each line.
  private var times: [Int64] = []

  /// Lines that are no records, among those that were looked at.
  public private(set) var damagedLines = 0
  /// Lines that were too long to be read.
  public private(set) var longLines = 0
  /// Lines that are earlier than one before them in their file, among those that were looked at.
  public private(set) var lateLines = 0
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
      if let latest = file.archive?.latest, latest.saturatingAdd(Self.rotation) < filter.since {
        continue
      }
      let isFirstWanted = !isReversed || filter.until < .max
      let first = try isFirstWanted ? file.firstTime() ?? .min : .min
      if first.saturatingAdd(-BlockScan.disorder) > filter.until { continue }
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
    while try beginFiles(pause), let (index, bound) = next() {
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
      if let (index, _) = next(), isBefore(times[index], reach(candidate.bound)) { return true }
      waiting.removeLast()
      let stream = try LogStream(
        candidate.file, order: candidate.order, filter: filter, isReversed: isReversed)
      // In the order of the files, so that the first of equal times is the right one.
      let place = streams.firstIndex { ($0.order > stream.order) != isReversed } ?? streams.count
      streams.insert(stream, at: place)
      times.insert(0, at: place)
      try advance(place, pause)
    }
    return !streams.isEmpty
  }

  /// Where lines of a file may begin, of which a bound is known.
  private func reach(_ bound: Int64) -> Int64 {
    isReversed
      ? bound.saturatingAdd(BlockScan.disorder) : bound.saturatingAdd(-BlockScan.disorder)
  }

  /// Loads blocks until there is a line to give, or puts the file away.
  private func advance(_ index: Int, _ pause: () throws -> Void) throws {
    while true {
      if let time = streams[index].nextTime {
        times[index] = time
        return
      }
      try pause()
      guard try streams[index].load() else {
        times.remove(at: index)
        return note(streams.remove(at: index))
      }
    }
  }

  /// The file with the first line, and up to where it may give its lines without a look at the
  /// others.
  private func next() -> (index: Int, bound: Int64)? {
    guard !times.isEmpty else { return nil }
    var best = 0
    var second: Int?
    for index in 1..<max(1, times.count) {
      if isBefore(times[index], times[best]) {
        second = best
        best = index
      } else if second == nil || isBefore(times[index], times[second!]) {
        second = index
      }
    }
    var bound = waiting.last.map { reach($0.bound) } ?? (isReversed ? .min : .max)
    if let second {
      // Of equal times those of the file that stands in front come first.
      let time = second > best ? times[second] : times[second].saturatingAdd(isReversed ? 1 : -1)
      if isBefore(time, bound) { bound = time }
    }
    return (best, bound)
  }

  private func noteAll() {
    streams.forEach(note)
    streams = []
    times = []
  }

  private func note(_ stream: LogStream) {
    damagedLines += stream.damagedLines
    longLines += stream.longLines
    lateLines += stream.lateLines
    if let text = stream.trouble { troubles.append((stream.path, text)) }
  }
}
