internal import LogdPlatform

/// Where in a file that is not compressed the lines of a time begin, by bisection.
///
/// Lines may be a little out of order, by `order.window` and by records that came late, so callers
/// ask for an instant that is ``BlockScan/disorder`` away from the one they want; a clock that was
/// set back by more makes the search miss lines. Damaged lines are stepped over.
struct TimeSearch: ~Copyable {
  private static let blockBytes = 32 << 10

  private let file: Descriptor
  private var buffer = [UInt8](repeating: 0, count: blockBytes)
  private var heads = LineHeadReader()

  init(_ file: borrowing Descriptor) throws(Errno) { self.file = try file.duplicate() }

  /// Two beginnings of lines, close together: what is before the lower is earlier than `time`, what
  /// is from the upper on is not.
  mutating func place(of time: Int64, size: Int64) throws(Errno) -> Range<Int64> {
    var low: Int64 = 0
    var high = size
    while high - low > Int64(Self.blockBytes) {
      let middle = low + (high - low) / 2
      guard let line = try firstLine(after: middle, before: high) else {
        high = middle  // nothing with a time is between
        continue
      }
      if line.time < time { low = line.place } else { high = middle }
    }
    if high == 0 { return 0..<0 }
    return low..<(try firstLine(after: high - 1, before: size)?.place ?? size)
  }

  /// The first line with a time that begins after `place`.
  private mutating func firstLine(
    after place: Int64, before end: Int64
  ) throws(Errno) -> (place: Int64, time: Int64)? {
    var at = place
    var times = heads
    defer { heads = times }
    while at < end {
      let count = try file.read(&buffer, 0..<buffer.count, at: at)
      if count == 0 { return nil }
      let bytes = buffer.span.extracting(..<count)
      if let newline = bytes.firstIndex(of: 0x0a),
        let found = bytes.firstTime(from: newline + 1, &times), at + Int64(found.place) < end
      {
        return (at + Int64(found.place), found.time)
      }
      // A time may stand across the end of the piece.
      at += Int64(max(1, count - 64))
    }
    return nil
  }
}
