// The steps that both formats share. Each looks at the bytes from `at` on, moves it behind what
// it has taken, and throws with the place where it should have been. No step reads past the line.

internal import CLinux
internal import Glibc
internal import LogdWire

typealias Line = Span<UInt8>

extension Span<UInt8> {
  /// Takes exactly these bytes.
  func take(_ text: StaticString, _ at: inout Int, or reason: Damage.Reason) throws(Damage) {
    guard starts(with: text, at: at) else { throw Damage(reason, at: at) }
    at += text.utf8CodeUnitCount
  }

  /// Whether the bytes from `at` on are those of `text`.
  func starts(with text: StaticString, at: Int) -> Bool {
    let bytes = text.utf8CodeUnitCount
    guard at >= 0, at <= count - bytes else { return false }
    // SAFETY: at + bytes <= count; both pointers live for the call.
    return unsafe withUnsafeBufferPointer {
      unsafe memcmp($0.baseAddress! + at, text.utf8Start, bytes) == 0
    }
  }

  /// Whether the bytes from `at` on are those of `other`.
  @inline(__always)
  func starts(with other: Span<UInt8>, at: Int) -> Bool {
    guard at >= 0, at <= count - other.count else { return false }
    // SAFETY: at + other.count <= count; both pointers live for the call, and no byte of them is
    // looked at when other is empty.
    return unsafe withUnsafeBufferPointer { mine in
      unsafe other.withUnsafeBufferPointer { theirs in
        guard theirs.count > 0 else { return true }
        return unsafe memcmp(mine.baseAddress! + at, theirs.baseAddress!, theirs.count) == 0
      }
    }
  }

  /// The first place of `byte` at or after `from`.
  func firstIndex(of byte: UInt8, from: Int = 0) -> Int? {
    guard from < count else { return nil }
    precondition(from >= 0, "a place in the line")
    // SAFETY: the search ends at count, and the pointer lives for the call.
    return unsafe withUnsafeBufferPointer { buffer in
      let start = unsafe buffer.baseAddress! + from
      guard let hit = unsafe memchr(start, Int32(byte), buffer.count - from) else { return nil }
      return unsafe from + (UnsafeRawPointer(hit) - UnsafeRawPointer(start))
    }
  }

  /// Takes decimal digits: at least one, no needless zero in front, at most `most`.
  func takeDecimal(
    _ at: inout Int, most: UInt64, or reason: Damage.Reason
  ) throws(Damage) -> UInt64 {
    let start = at
    var value: UInt64 = 0
    while at < count, self[at] &- 0x30 < 10 {
      let (tens, over) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) = tens.addingReportingOverflow(UInt64(self[at] &- 0x30))
      guard !over, !carry, next <= most else { throw Damage(reason, at: start) }
      value = next
      at += 1
    }
    guard at > start, self[start] != 0x30 || at == start + 1 else {
      throw Damage(reason, at: start)
    }
    return value
  }

  /// Takes a name of a severity.
  func takeSeverity(_ at: inout Int) throws(Damage) -> Severity {
    for severity in Severity.allCases where starts(with: severity.name, at: at) {
      at += severity.name.utf8CodeUnitCount
      return severity
    }
    throw Damage(.severity, at: at)
  }

  /// Takes 1…64 characters of those an ident is made of.
  func takeIdent(_ at: inout Int) throws(Damage) -> String {
    let start = at
    while at < count, self[at].isIdent { at += 1 }
    guard at > start, at - start <= Layout.identBytesMax else { throw Damage(.ident, at: start) }
    return String(decoding: bytes(start..<at), as: UTF8.self)
  }

  func takePID(_ at: inout Int) throws(Damage) -> Int32 {
    Int32(try takeDecimal(&at, most: UInt64(Int32.max), or: .pid))
  }

  /// A copy of some of the bytes.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    let part = extracting(range)
    return unsafe [UInt8](unsafeUninitializedCapacity: part.count) { buffer, filled in
      // SAFETY: the buffer has room for part.count bytes.
      unsafe part.withUnsafeBufferPointer { filled = unsafe buffer.initialize(fromContentsOf: $0) }
    }
  }
}

extension UInt8 {
  /// `A–Z a–z 0–9 . _ @ / + -`
  var isIdent: Bool {
    switch self {
    case 0x41...0x5a, 0x61...0x7a, 0x30...0x39: true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"): true
    case UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
    default: false
    }
  }

  /// `0–9 a–f`, as escapes are written.
  var hexDigit: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}

extension Span<UInt8> {
  /// Takes a time, in nanoseconds since 1970.
  func takeTime(_ at: inout Int) throws(Damage) -> Int64 {
    guard at + Timestamp.bytes <= count, let second = Timestamp.second(self, at: at),
      let fraction = Timestamp.fraction(self, at: at + Timestamp.secondBytes)
    else { throw Damage(.time, at: at) }
    at += Timestamp.bytes
    return second + fraction
  }
}

extension Span<UInt8> {
  /// The last place of `byte`.
  func lastIndex(of byte: UInt8) -> Int? {
    // SAFETY: the search begins at count, and the pointer lives for the call.
    unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress,
        let hit = unsafe clinux_last(base, byte, UInt64(buffer.count))
      else { return nil }
      return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    }
  }
}
