internal import CPcre2

/// A regular expression in Perl's syntax, by PCRE2 with its compiler.
// SAFETY: `code` and `data` are made once and freed once, and only here; a pattern is used by one
// thread at a time, as `data` holds the last match.
@safe public final class Pattern {
  private let code: OpaquePointer
  private let data: OpaquePointer
  /// Bytes that every line that matches has; empty when none are known.
  let literal: [UInt8]
  /// The pattern is nothing but its literal.
  let isLiteral: Bool

  public struct Mistake: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: what is wrong with the pattern, and where.
  public init(_ text: String, isFixed: Bool = false) throws(Mistake) {
    (literal, isLiteral) =
      isFixed ? (Array(text.utf8), true) : LiteralSearch.longest(in: Array(text.utf8))
    var error: Int32 = 0
    var place = 0
    let bytes = Array(text.utf8)
    let options =
      UInt32(PCRE2_UTF) | PCRE2_MATCH_INVALID_UTF | (isFixed ? UInt32(PCRE2_LITERAL) : 0)
    guard let code = unsafe pcre2_compile_8(bytes, bytes.count, options, &error, &place, nil) else {
      throw Mistake(description: "\(Self.message(error)) at character \(place)")
    }
    unsafe self.code = code
    // Without the compiler the same code is interpreted.
    unsafe pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    guard let data = unsafe pcre2_match_data_create_8(1, nil) else {
      unsafe pcre2_code_free_8(code)
      throw Mistake(description: "out of memory")
    }
    unsafe self.data = data
  }

  deinit {
    unsafe pcre2_match_data_free_8(data)
    unsafe pcre2_code_free_8(code)
  }

  /// Whether it matches somewhere in the line.
  ///
  /// - Throws: a line on which the pattern takes too long.
  func matches(_ line: Span<UInt8>) throws(Mistake) -> Bool {
    let result = unsafe line.withUnsafeBufferPointer { bytes in
      unsafe pcre2_match_8(code, bytes.baseAddress, bytes.count, 0, 0, data, nil)
    }
    if result >= 0 { return true }
    if result == PCRE2_ERROR_NOMATCH { return false }
    throw Mistake(description: Self.message(result))
  }

  private static func message(_ error: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    unsafe pcre2_get_error_message_8(error, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What a pattern says literally.
enum LiteralSearch {
  /// The longest run of bytes that every match holds, and whether it is the whole pattern.
  ///
  /// Careful: of groups, alternatives, options and classes nothing is taken.
  static func longest(in pattern: [UInt8]) -> (bytes: [UInt8], isAll: Bool) {
    if !pattern.contains(where: isSpecial) { return (pattern, true) }
    if pattern.contains(where: { "|(".utf8.contains($0) }) { return ([], false) }
    var runs: [[UInt8]] = [[]]
    var at = 0
    while at < pattern.count {
      let byte = pattern[at]
      switch byte {
      case UInt8(ascii: "\\"):
        guard at + 1 < pattern.count, isPunctuation(pattern[at + 1]) else { return ([], false) }
        runs[runs.count - 1].append(pattern[at + 1])
        at += 1
      case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "{"):
        dropLastCharacter(&runs[runs.count - 1])  // it may be missing
        runs.append([])
        if byte == UInt8(ascii: "{") {
          guard let end = pattern[at...].firstIndex(of: UInt8(ascii: "}")) else {
            return ([], false)
          }
          at = end
        }
      case UInt8(ascii: "["):
        // A bracket that comes first is one of the class.
        let isNegated = at + 1 < pattern.count && pattern[at + 1] == UInt8(ascii: "^")
        let start = min(at + (isNegated ? 3 : 2), pattern.count)
        guard let end = pattern[start...].firstIndex(of: UInt8(ascii: "]")),
          !pattern[at..<end].dropFirst().contains(where: { "\\[".utf8.contains($0) })
        else { return ([], false) }
        runs.append([])
        at = end
      case UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "+"):
        runs.append([])
      default: runs[runs.count - 1].append(byte)
      }
      at += 1
    }
    return (runs.max { $0.count < $1.count } ?? [], false)
  }

  private static func isSpecial(_ byte: UInt8) -> Bool { "\\^$.|?*+()[]{}".utf8.contains(byte) }

  private static func isPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: true
    default: false
    }
  }

  private static func dropLastCharacter(_ run: inout [UInt8]) {
    while let last = run.popLast(), last & 0xc0 == 0x80 {}
  }
}
