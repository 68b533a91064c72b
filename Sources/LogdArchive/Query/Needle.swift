internal import CLinux

/// Bytes that are searched in large pieces of a file: what lines must hold to be looked at.
struct Needle: Sendable {
  let bytes: [UInt8]
  /// The places of the two rarest bytes: the search compares these first.
  private let first: Int
  private let second: Int

  /// - Parameter bytes: one at least.
  init(_ bytes: [UInt8]) {
    precondition(!bytes.isEmpty, "something to look for")
    self.bytes = bytes
    let places = bytes.indices.sorted { Self.rarity(bytes[$0]) > Self.rarity(bytes[$1]) }
    first = places[0]
    second = places.first { bytes[$0] != bytes[places[0]] } ?? places[places.count - 1]
  }

  /// Roughly the bits of information: below some 12 most lines have it, and a search that stops at
  /// each of them is slower than to look at the lines one by one.
  var worth: Int { bytes.reduce(0) { $0 + Self.rarity($1) } }

  /// The first place at or after `from`.
  @inline(__always)
  func firstIndex(in hay: Span<UInt8>, from: Int) -> Int? {
    precondition(from >= 0 && from <= hay.count, "a place in the hay")
    // SAFETY: the search ends at hay.count, and both pointers live for the call.
    let found = unsafe hay.withUnsafeBufferPointer { hay -> UInt64 in
      guard let base = hay.baseAddress else { return 0 }
      return unsafe bytes.withUnsafeBufferPointer { needle in
        unsafe clinux_find(
          base + from, UInt64(hay.count - from), needle.baseAddress!, UInt64(needle.count),
          UInt64(first), UInt64(second))
      }
    }
    let place = from + Int(found)
    return place < hay.count ? place : nil
  }

  /// How rare a byte is in log lines, in bits.
  private static func rarity(_ byte: UInt8) -> Int {
    switch byte {
    case 0x30...0x39, UInt8(ascii: " "): 3
    case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "o"): 4
    case UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "s"), UInt8(ascii: "r"): 4
    case UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "\""): 4
    case UInt8(ascii: "."), UInt8(ascii: "T"), UInt8(ascii: "Z"), UInt8(ascii: "["): 5
    case 0x61...0x7a, UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: ","): 5
    case 0x41...0x5a: 7
    default: 8
    }
  }
}
