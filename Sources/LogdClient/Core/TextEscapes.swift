/// Which texts stand in quotes and which bytes stand in a key, see the file format.
enum TextEscapes {
  static func quotesMessage(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = unsafe text.first, let last = unsafe text.last else { return true }
    return unsafe first == UInt8(ascii: "\"") || first == UInt8(ascii: " ")
      || last == UInt8(ascii: " ") || text.contains(UInt8(ascii: "="))
  }

  static func quotesValue(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = unsafe text.first else { return true }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      return true
    default: break
    }
    for index in text.indices {
      switch unsafe text[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "="): return true
      default: break
      }
    }
    return unsafe isWord(text, "true") || isWord(text, "false") || isWord(text, "nan")
      || isWord(text, "inf")
  }

  private static func isWord(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    guard text.count == word.utf8CodeUnitCount else { return false }
    // SAFETY: the index is below the count of both.
    for index in 0..<text.count where unsafe text[index] != word.utf8Start[index] { return false }
    return true
  }

  static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "@"):
      true
    default: false
    }
  }
}
