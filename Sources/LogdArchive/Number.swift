extension Span<UInt8> {
  /// Takes a number as RFC 8259 writes one: an integer, or with a point or an exponent a double.
  ///
  /// An integer that fits neither `Int64` nor `UInt64` is no value of ours.
  func takeNumber(_ at: inout Int) throws(Damage) -> FieldValue {
    let start = at
    let negative = takeByte(UInt8(ascii: "-"), &at)
    guard at < count, self[at] &- 0x30 < 10 else { throw Damage(.value, at: start) }
    let zero = self[at] == 0x30
    let whole = takeDigits(&at)
    guard !zero || whole == 1 else { throw Damage(.value, at: start) }
    let point = takeByte(UInt8(ascii: "."), &at)
    if point, takeDigits(&at) == 0 { throw Damage(.value, at: start) }
    let exponent = takeByte(UInt8(ascii: "e"), &at)
    if exponent {
      if !takeByte(UInt8(ascii: "-"), &at) { _ = takeByte(UInt8(ascii: "+"), &at) }
      if takeDigits(&at) == 0 { throw Damage(.value, at: start) }
    }
    let text = String(decoding: bytes(start..<at), as: UTF8.self)
    if point || exponent {
      if let double = Double(text), double.isFinite { return .double(double) }
    } else if let integer = Int64(text) {
      return .integer(integer)
    } else if !negative, let unsigned = UInt64(text) {
      return .unsigned(unsigned)
    }
    throw Damage(.value, at: start)
  }

  private func takeByte(_ byte: UInt8, _ at: inout Int) -> Bool {
    guard at < count, self[at] == byte else { return false }
    at += 1
    return true
  }

  /// How many digits were there.
  private func takeDigits(_ at: inout Int) -> Int {
    let start = at
    while at < count, self[at] &- 0x30 < 10 { at += 1 }
    return at - start
  }
}
