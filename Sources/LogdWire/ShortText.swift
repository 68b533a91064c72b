/// At most `capacity` bytes of text, kept in place: no allocation, so also fit for a forked child.
public struct ShortText<let capacity: Int>: Sendable, Equatable {
  private var bytes = InlineArray<capacity, UInt8>(repeating: 0)
  public private(set) var count = 0

  public init() {}

  /// Takes what fits and leaves the rest; a UTF-8 character may be cut.
  public init(cutting source: RawSpan) {
    for index in 0..<min(capacity, source.byteCount) { append(source.u8(at: index)) }
  }

  /// Takes what fits and leaves the rest.
  public init(cutting source: StaticString) {
    for index in 0..<min(capacity, source.utf8CodeUnitCount) {
      // SAFETY: the index is below the count of a literal, which lives for ever. A single
      // character without pointer representation never occurs: that needs an explicit request.
      append(unsafe source.utf8Start[index])
    }
  }

  public subscript(index: Int) -> UInt8 {
    precondition(index < count, "text index out of bounds")
    return bytes[index]
  }

  /// Adds a byte; without effect when the text is full.
  public mutating func append(_ byte: UInt8) {
    guard count < capacity else { return }
    bytes[count] = byte
    count += 1
  }

  /// Writes the bytes to `target` from `offset` on; traps when they do not fit.
  public func copy(into target: inout MutableRawSpan, at offset: Int) {
    for index in 0..<count { target.store(bytes[index], at: offset + index) }
  }

  public static func == (a: Self, b: Self) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where a.bytes[index] != b.bytes[index] { return false }
    return true
  }

  #if !hasFeature(Embedded)
    /// As a string; invalid UTF-8 is replaced. Allocates when it is longer than 15 bytes.
    public var string: String {
      // SAFETY: as many bytes are initialized as it says.
      unsafe String(unsafeUninitializedCapacity: count) { target in
        for index in 0..<count { unsafe target[index] = bytes[index] }
        return count
      }
    }
  #endif
}

/// The name a program gives itself in the log: 1…64 of `A–Z a–z 0–9 . _ @ / + -`.
///
/// A claim of the client, kept in a fixed set of characters so that it can be written anywhere.
public struct Ident: Sendable, Equatable {
  public private(set) var text = ShortText<64>()

  /// Cuts to 64 bytes, replaces characters outside the set by `_`; nothing at all becomes `_`.
  public init(sanitizing source: RawSpan) {
    for index in 0..<min(Layout.identBytesMax, source.byteCount) {
      let byte = source.u8(at: index)
      text.append(Ident.isAllowed(byte) ? byte : UInt8(ascii: "_"))
    }
    if text.count == 0 { text.append(UInt8(ascii: "_")) }
  }

  #if !hasFeature(Embedded)
    public var string: String { text.string }
  #endif

  /// Whether a name may have it.
  public static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    // The range holds . / and the digits; - and + are below it, @ and _ stand alone.
    case UInt8(ascii: ".")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
    case UInt8(ascii: "@"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
