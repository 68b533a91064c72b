internal import LogdPlatform

/// Whole lines of a file, many at a time, from its end to its beginning.
///
/// Each block holds its lines in the order of the file.
final class BackwardBlocks: Blocks {
  private(set) var buffer: [UInt8]
  private(set) var lines = 0..<0
  private(set) var longLines = 0
  let trouble: String?
  private let file: Descriptor
  private let low: Int64
  /// What is behind has been given out.
  private var high: Int64
  private var isSkipping = false

  /// Reads what is in `range`, which begins where a line does.
  ///
  /// - Parameter trouble: what is known to be wrong with the file.
  init(
    _ file: borrowing Descriptor, _ range: Range<Int64>, blockBytes: Int = LineBlocks.blockBytes,
    trouble: String? = nil
  ) throws(Errno) {
    self.file = try file.duplicate()
    self.trouble = trouble
    low = range.lowerBound
    high = range.upperBound
    buffer = [UInt8](repeating: 0, count: blockBytes)
  }

  /// The lines before those of the last call; none also of a file that was cut meanwhile.
  func next() throws(Errno) -> Bool {
    while high > low {
      let bytes = Int(min(Int64(buffer.count), high - low))
      guard try fill(bytes) else { return false }
      var end = bytes
      if isSkipping {
        guard let newline = buffer.span.extracting(..<bytes).lastIndex(of: 0x0a) else {
          high -= Int64(bytes)
          continue
        }
        end = newline + 1
        isSkipping = false
      }
      let isFirst = high - Int64(bytes) == low
      // The newline at the very end is that of the last line.
      let newline = buffer.span.extracting(..<max(0, end - 1)).firstIndex(of: 0x0a)
      if isFirst || newline != nil {
        lines = (isFirst ? 0 : newline! + 1)..<end
        high -= Int64(bytes - lines.lowerBound)
        return true
      }
      makeRoom(bytes)
    }
    return false
  }

  /// Doubles the buffer, or gives a line up that fills it.
  private func makeRoom(_ bytes: Int) {
    if buffer.count <= LineBlocks.lineBytesMax {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    } else {
      longLines += 1
      isSkipping = true
      high -= Int64(bytes)
    }
  }

  private func fill(_ bytes: Int) throws(Errno) -> Bool {
    var filled = 0
    while filled < bytes {
      let place = high - Int64(bytes - filled)
      let count = try file.read(&buffer, filled..<bytes, at: place)
      if count == 0 { return false }
      filled += count
    }
    return true
  }
}
