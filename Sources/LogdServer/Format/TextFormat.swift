internal import LogdPlatform
internal import LogdWire

// The text format: `message key=value other="two words"`. <doc:Format>.
extension LineBuffer {
  /// Bare where that is unambiguous, else in quotes.
  @inline(__always)
  mutating func appendTextMessage(_ bytes: RawSpan) {
    let n = bytes.byteCount
    let mayBeBare =
      n > 0 && bytes.u8(at: 0) != 0x22 && bytes.u8(at: 0) != 0x20 && bytes.u8(at: n &- 1) != 0x20
    let start = count
    if mayBeBare, appendEscaped(bytes, .textBare) { return }
    count = start
    appendQuoted(bytes)
  }

  @inline(never)
  mutating func appendQuoted(_ bytes: RawSpan) {
    append(UInt8(ascii: "\""))
    _ = appendEscaped(bytes, .textQuoted)  // only a bare text can end early
    append(UInt8(ascii: "\""))
  }

  @inline(__always)
  mutating func appendText(_ field: FieldView, of bytes: RawSpan) {
    append(UInt8(ascii: " "))
    appendTextKey(bytes.extracting(field.key))
    append(UInt8(ascii: "="))
    switch field.type {
    case .string: appendTextValue(bytes.extracting(field.value))
    case .int: append(Int64(bitPattern: bytes.u64(at: field.value.lowerBound)))
    case .uint: append(bytes.u64(at: field.value.lowerBound))
    case .bool: bytes.u8(at: field.value.lowerBound) != 0 ? append("true") : append("false")
    case .double: append(Double(bitPattern: bytes.u64(at: field.value.lowerBound)))
    }
  }

  @inline(__always)
  private mutating func appendTextKey(_ key: RawSpan) {
    let start = count
    for index in 0..<key.byteCount {
      let byte = key.u8(at: index)
      guard isBareInKeys(byte), index > 0 || byte != UInt8(ascii: "_") else {
        count = start
        return appendEscapedKey(key)
      }
      append(byte)
    }
  }

  private mutating func appendEscapedKey(_ key: RawSpan) {
    var index = 0
    while index < key.byteCount {
      let byte = key.u8(at: index)
      if isBareInKeys(byte), index > 0 || byte != UInt8(ascii: "_") {
        append(byte)
      } else if byte >= 0x80, let scalar = UTF8Scalar(key, at: index), !scalar.steersTerminals {
        append(key.extracting(index..<index + scalar.byteCount))
        index += scalar.byteCount
        continue
      } else {
        appendHexEscape(byte)
      }
      index += 1
    }
  }

  @inline(__always)
  private mutating func appendTextValue(_ value: RawSpan) {
    var found: UInt8 = 0
    for index in 0..<value.byteCount {
      let byte = value.u8(at: index)
      found |= byte &- 0x20 >= 0x5F || byte == 0x5C ? 1 : 0
      found |= byte == 0x20 || byte == 0x22 || byte == 0x3D ? 2 : 0
    }
    if found & 2 != 0 || value.byteCount == 0 || looksTyped(value) { return appendQuoted(value) }
    if found == 0 { return append(value) }
    _ = appendEscaped(value, .textBare)  // has no `=`: cannot end early
  }

  /// Whether a bare string would be read as a number, a truth value or the like.
  @inline(__always)
  private func looksTyped(_ value: RawSpan) -> Bool {
    switch value.u8(at: 0) {
    case 0x2B, 0x2D, 0x2E, 0x30...0x39: true
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "i"):
      value.equals("true") || value.equals("false") || value.equals("nan")
        || value.equals("inf")
    default: false
    }
  }
}

/// `A–Z a–z 0–9 . _ - / @ :`
@inline(__always)
private func isBareInKeys(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x61...0x7A, 0x5F, 0x2D...0x3A, 0x41...0x5A, 0x40: true
  default: false
  }
}

extension RawSpan {
  /// Whether these are exactly the bytes of an ASCII text.
  func equals(_ text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    for index in 0..<byteCount {
      // SAFETY: the index is below the text's count, checked above.
      if unsafe text.utf8Start[index] != u8(at: index) { return false }
    }
    return true
  }
}
