internal import LogdPlatform

/// Whole lines of a log, many at a time.
protocol Blocks: AnyObject {
  var buffer: [UInt8] { get }
  /// The whole lines in the buffer, with their newlines, in the order of the file; the last line of
  /// the file may have none.
  var lines: Range<Int> { get }
  /// How many lines were left out because they are longer than ``LineBlocks/lineBytesMax``.
  var longLines: Int { get }
  /// What is wrong with the file.
  var trouble: String? { get }

  /// Reads the next lines; false when there are none. Blocks.
  func next() throws(Errno) -> Bool
}

/// Whole lines of a log, many at a time, front to back, with bounded memory.
final class LineBlocks: Blocks {
  static let blockBytes = 256 << 10
  /// Far above what a record can become by escaping.
  static let lineBytesMax = 8 << 20

  private(set) var buffer: [UInt8]
  private(set) var lines = 0..<0
  private(set) var longLines = 0
  private let source: any ByteSource
  /// What has been read, lines and the beginning of one that is not whole.
  private var filled = 0
  private var isSkipping = false

  init(_ source: any ByteSource, blockBytes: Int = LineBlocks.blockBytes) {
    self.source = source
    buffer = [UInt8](repeating: 0, count: blockBytes)
  }

  var trouble: String? { source.trouble }

  func next() throws(Errno) -> Bool {
    moveRestToFront()
    var searched = filled
    while try readMore(&searched) {
      if isSkipping, !dropLongLine() { continue }
      let last = buffer.span.extracting(searched..<filled).lastIndex(of: 0x0a)
      if let last {
        lines = 0..<(searched + last + 1)
        return true
      }
      searched = filled
    }
    if isSkipping { filled = 0 }
    lines = 0..<filled
    return !lines.isEmpty
  }

  private func moveRestToFront() {
    let rest = lines.upperBound..<filled
    if rest.lowerBound > 0 {
      buffer.moveToFront(rest)
      filled = rest.count
    }
    lines = 0..<0
  }

  /// Reads what fits; a buffer that one line fills is doubled, or the line is given up.
  private func readMore(_ searched: inout Int) throws(Errno) -> Bool {
    if filled == buffer.count {
      if buffer.count <= Self.lineBytesMax {
        buffer.append(contentsOf: repeatElement(0, count: buffer.count))
      } else {
        if !isSkipping { longLines += 1 }
        isSkipping = true
      }
    }
    if isSkipping {
      filled = 0
      searched = 0
    }
    let count = try source.read(&buffer, filled..<buffer.count)
    filled += count
    return count > 0
  }

  /// Goes on behind the newline that ends the line that was too long; false when it is not there
  /// yet.
  private func dropLongLine() -> Bool {
    guard let end = buffer.span.extracting(..<filled).firstIndex(of: 0x0a) else { return false }
    buffer.moveToFront(end + 1..<filled)
    filled -= end + 1
    isSkipping = false
    return true
  }
}

extension [UInt8] {
  /// memmove(3) of a part to the beginning: in place, where a slice would copy the whole.
  mutating func moveToFront(_ part: Range<Int>) {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "inside the buffer")
    // SAFETY: both ranges are inside the array, checked above.
    unsafe withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe base.copyMemory(from: base + part.lowerBound, byteCount: part.count)
    }
  }
}
