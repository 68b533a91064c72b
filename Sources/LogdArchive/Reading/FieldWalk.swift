internal import CLinux

/// Goes over the fields of a line without copying them, and sees whether its layout is right.
///
/// Keys and values are as they stand in the line, with escapes; of a quoted one what is between the
/// quotes. What the escapes say is not looked at: see ``isWhole(_:_:)`` for that.
struct FieldWalk {
  private let format: LogFormat
  private var at: Int
  private(set) var message: Range<Int>

  struct Field {
    let key: Range<Int>
    let value: Range<Int>
  }

  init(_ line: Span<UInt8>, _ head: LineHead) throws(Damage) {
    format = head.format
    at = head.body
    message = at..<at
    message = format == .json ? try line.skipQuoted(&at) : try Self.textMessage(line, &at)
  }

  /// The next field; nil at the end of the line.
  mutating func next(_ line: Span<UInt8>) throws(Damage) -> Field? {
    format == .json ? try nextJSON(line) : try nextText(line)
  }

  /// Whether the line is in every respect what the daemon writes: for plain ones the layout says
  /// that, others are parsed.
  static func isWhole(_ line: Span<UInt8>, _ head: LineHead) -> Bool {
    guard line.isPlain else { return head.format.parse(line).record != nil }
    do {
      var walk = try FieldWalk(line, head)
      while try walk.next(line) != nil {}
      return true
    } catch {
      return false
    }
  }

  // MARK: text

  private static func textMessage(
    _ line: Span<UInt8>, _ at: inout Int
  ) throws(Damage) -> Range<Int> {
    if at < line.count, line[at] == .quote { return try line.skipQuoted(&at) }
    let start = at
    var end = line.count
    if let equals = line.firstIndex(of: .equals, from: start) {
      end = equals
      while end > start, line[end] != .space { end -= 1 }
    }
    guard end > start, line[start] != .space, line[end - 1] != .space else {
      throw Damage(.quoting, at: start)
    }
    at = end
    return start..<end
  }

  private mutating func nextText(_ line: Span<UInt8>) throws(Damage) -> Field? {
    guard at < line.count else { return nil }
    try line.take(" ", &at, or: .layout)
    let start = at
    while at < line.count, line[at] != .equals {
      if line[at] == .space || line[at] == .quote { throw Damage(.key, at: at) }
      at += 1
    }
    guard at > start, at + 1 < line.count else { throw Damage(.value, at: at) }
    let key = start..<at
    at += 1
    if line[at] == .quote { return Field(key: key, value: try line.skipQuoted(&at)) }
    let value = at
    while at < line.count, line[at] != .space {
      if line[at] == .quote || line[at] == .equals { throw Damage(.quoting, at: at) }
      at += 1
    }
    guard at > value, line.extracting(value..<at).mayBeBare else { throw Damage(.value, at: at) }
    return Field(key: key, value: value..<at)
  }

  // MARK: json

  private mutating func nextJSON(_ line: Span<UInt8>) throws(Damage) -> Field? {
    if line.starts(with: "}", at: at) {
      guard at + 1 == line.count else { throw Damage(.layout, at: at + 1) }
      return nil
    }
    try line.take(",", &at, or: .layout)
    let key = try line.skipQuoted(&at)
    try line.take(":", &at, or: .key)
    guard at < line.count else { throw Damage(.value, at: at) }
    if line[at] == .quote { return Field(key: key, value: try line.skipQuoted(&at)) }
    if line.starts(with: "{\"float\":", at: at) {
      at += 9
      let value = try line.skipQuoted(&at)
      try line.take("}", &at, or: .value)
      return Field(key: key, value: value)
    }
    let value = at
    if line[at] == UInt8(ascii: "[") {  // a place in a tree of actions
      guard let end = line.firstIndex(of: UInt8(ascii: "]"), from: at) else {
        throw Damage(.value, at: at)
      }
      at = end + 1
      return Field(key: key, value: value..<at)
    }
    while at < line.count, line[at] != UInt8(ascii: ","), line[at] != UInt8(ascii: "}") { at += 1 }
    guard at > value else { throw Damage(.value, at: at) }
    return Field(key: key, value: value..<at)
  }
}

extension Span<UInt8> {
  /// Printable ASCII without escapes.
  var isPlain: Bool {
    // SAFETY: looks at count bytes, and the pointer lives for the call.
    unsafe withUnsafeBufferPointer { unsafe clinux_is_plain($0.baseAddress, UInt64($0.count)) }
  }

  /// Whether a bare value that begins like a number looks like one, or is `-inf`.
  fileprivate var mayBeBare: Bool {
    switch self[0] {
    case 0x30...0x39, UInt8(ascii: "-"): break
    case UInt8(ascii: "+"), UInt8(ascii: "."): return false
    default: return true
    }
    for index in indices {
      switch self[index] {
      case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): continue
      case UInt8(ascii: "e"): continue
      default: return starts(with: "-inf", at: 0) && count == 4
      }
    }
    return true
  }

  /// Goes over `"…"`; what is between the quotes.
  fileprivate func skipQuoted(_ at: inout Int) throws(Damage) -> Range<Int> {
    let start = at
    try take("\"", &at, or: .layout)
    while let quote = firstIndex(of: .quote, from: at) {
      var before = quote
      while before > start + 1, self[before - 1] == .backslash { before -= 1 }
      at = quote + 1
      if (quote - before).isMultiple(of: 2) { return start + 1..<quote }
    }
    throw Damage(.unclosed, at: start)
  }
}
