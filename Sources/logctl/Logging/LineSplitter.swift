internal import Glibc

/// Cuts a stream into lines, with bounded memory: a longer line becomes several pieces.
struct LineSplitter {
  /// Why a piece ends where it does.
  enum End { case newline, full, endOfInput }

  private let bytesMax: Int
  /// What came since the last end.
  private var rest: [UInt8] = []

  /// - Parameter bytesMax: of a piece; a little less where a character would be cut.
  init(bytesMax: Int) {
    precondition(bytesMax >= 4, "a character has up to four bytes")
    self.bytesMax = bytesMax
  }

  /// Takes what was read, and gives out the lines that it completes, without their newlines.
  mutating func take(_ bytes: Span<UInt8>, _ body: (Span<UInt8>, End) -> Void) {
    var at = 0
    while let newline = bytes.firstNewline(from: at) {
      add(bytes.extracting(at..<newline), body)
      body(rest.span, .newline)
      rest.removeAll(keepingCapacity: true)
      at = newline + 1
    }
    add(bytes.extracting(at...), body)
  }

  /// Gives out a last line that has no end.
  mutating func finish(_ body: (Span<UInt8>, End) -> Void) {
    if !rest.isEmpty { body(rest.span, .endOfInput) }
    rest.removeAll()
  }

  /// Adds a part of a line; whatever is too much by then goes out.
  private mutating func add(_ part: Span<UInt8>, _ body: (Span<UInt8>, End) -> Void) {
    var part = part
    while rest.count + part.count > bytesMax {
      let taken = bytesMax - rest.count
      rest.append(part.extracting(..<taken))
      part = part.extracting(taken...)
      let end = rest.lastWholeCharacter
      body(rest.span.extracting(..<end), .full)
      rest.removeFirst(end)
    }
    rest.append(part)
  }
}

extension Span<UInt8> {
  fileprivate func firstNewline(from start: Int) -> Int? {
    // SAFETY: the search ends at count, and the pointer lives for the call.
    unsafe withUnsafeBufferPointer { buffer in
      guard start < buffer.count, let base = buffer.baseAddress else { return nil }
      guard let hit = unsafe memchr(base + start, 0x0A, buffer.count - start) else { return nil }
      return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ bytes: Span<UInt8>) {
    // SAFETY: the bytes are copied before the call returns.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Where the last character ends that is whole, if this is UTF-8.
  fileprivate var lastWholeCharacter: Int {
    guard let start = indices.suffix(4).last(where: { self[$0] & 0xC0 != 0x80 }), start > 0 else {
      return count
    }
    let bytes =
      switch self[start] {
      case 0xC0...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF7: 4
      default: 1
      }
    return start + bytes > count ? start : count
  }
}
