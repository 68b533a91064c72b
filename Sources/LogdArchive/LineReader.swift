internal import CLinux
internal import Glibc
public import LogdPlatform

/// Why a line ends where it does.
public enum LineEnd: Hashable, Sendable {
  case newline
  /// The file ends without a newline: the line is being written, or its rest was lost.
  case endOfFile
  /// The line is longer than the limit; the rest of it was skipped.
  case tooLong
}

/// Goes through the lines of a file from some place on, fast and with bounded memory.
///
/// Reads large pieces with pread(2) and searches newlines with memchr(3); what a line means is not
/// looked at. Files may grow meanwhile: a second ``forEachLine(_:)`` goes on behind the last whole
/// line. One reader belongs to one thread; the file's own offset is not used.
public struct LineReader: ~Copyable {
  /// The default for the longest line, far above what a record can become by escaping.
  public static let lineBytesDefault = 8 << 20
  private static let pieceBytes = 512 << 10

  private let file: Descriptor
  private let name: String
  private let lineBytesMax: Int
  /// Bytes of the file up to here have been given out.
  public private(set) var offset: Int64
  private var buffer: [UInt8]
  /// The part of the buffer that holds what comes next in the file.
  private var filled = 0..<0
  private var isSkipping = false

  /// Reads `file`; `name` is for errors.
  public init(
    _ file: consuming Descriptor, name: String, from offset: Int64 = 0,
    lineBytesMax: Int = lineBytesDefault
  ) {
    precondition(offset >= 0 && lineBytesMax > 0, "a place in a file, and lines of some length")
    self.file = file
    self.name = name
    self.offset = offset
    self.lineBytesMax = lineBytesMax
    buffer = [UInt8](repeating: 0, count: min(lineBytesMax + 1, Self.pieceBytes))
  }

  /// Opens the file at `path` for reading, open(2).
  public init(path: String, from offset: Int64 = 0) throws(SystemError) {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw SystemError("open", path, .current) }
    self.init(Descriptor(owning: number), name: path, from: offset)
  }

  /// The file itself, whatever it is called by now.
  public var identity: FileStatus.Identity {
    get throws(Errno) { try FileStatus(of: file).identity }
  }

  /// Calls `body` with every line up to the end of the file, without newlines, until it answers
  /// false.
  ///
  /// A last line without a newline is given out as well, and again in the next call, when it may
  /// have grown. The bytes are valid during the call only. Allocates when a line is longer than
  /// all before it.
  public mutating func forEachLine(
    _ body: (Span<UInt8>, LineEnd) -> Bool
  ) throws(SystemError) {
    repeat {
      guard giveOut(body) else { return }
    } while try fill() > 0
    guard !filled.isEmpty, !isSkipping else { return }
    _ = body(buffer.span.extracting(filled), .endOfFile)
  }

  /// Gives out the whole lines of the buffer.
  private mutating func giveOut(_ body: (Span<UInt8>, LineEnd) -> Bool) -> Bool {
    while let newline = buffer.span.extracting(..<filled.upperBound)
      .firstIndex(of: 0x0a, from: filled.lowerBound)
    {
      let line = filled.lowerBound..<newline
      let skipped = isSkipping
      advance(to: newline + 1)
      isSkipping = false
      if !skipped, !body(buffer.span.extracting(line), .newline) { return false }
    }
    return cutLongLine(body)
  }

  /// Gives out the beginning of a line that has filled all room, and forgets it.
  private mutating func cutLongLine(_ body: (Span<UInt8>, LineEnd) -> Bool) -> Bool {
    guard filled.count > lineBytesMax || isSkipping else { return true }
    let line = filled.lowerBound..<min(filled.upperBound, filled.lowerBound + lineBytesMax)
    let skipped = isSkipping
    advance(to: filled.upperBound)
    isSkipping = true
    return skipped || body(buffer.span.extracting(line), .tooLong)
  }

  private mutating func advance(to place: Int) {
    offset += Int64(place - filled.lowerBound)
    filled = place..<filled.upperBound
  }

  /// Reads what fits; how many bytes came.
  private mutating func fill() throws(SystemError) -> Int {
    makeRoom()
    let from = offset + Int64(filled.count)
    let room = filled.upperBound..<buffer.count
    let file = file.raw
    let got = unsafe buffer.withUnsafeMutableBytes { bytes in
      // SAFETY: the kernel writes into the part of the buffer that `room` names.
      unsafe clinux_pread(
        file, bytes.baseAddress! + room.lowerBound, UInt64(room.count), UInt64(from))
    }
    do {
      let count = try check(got)
      filled = filled.lowerBound..<filled.upperBound + count
      return count
    } catch {
      throw SystemError("read", name, error)
    }
  }

  /// Moves the unfinished line to the front, and doubles a buffer that it fills.
  private mutating func makeRoom() {
    let count = filled.count
    if filled.lowerBound > 0 {
      buffer.moveToFront(filled)
      filled = 0..<count
    }
    if count == buffer.count {
      let more = min(buffer.count, lineBytesMax + 1 - buffer.count)
      buffer.append(contentsOf: repeatElement(0, count: more))
    }
  }
}
