internal import LogdPlatform
internal import LogdWire

// The JSON format: one object a line, RFC 8259. <doc:Format>.
extension LineBuffer {
  @inline(__always)
  mutating func appendJSONMessage(_ bytes: RawSpan) {
    _ = appendEscaped(bytes, .json)  // only a bare text can end early
    append(UInt8(ascii: "\""))
  }

  mutating func appendJSON(_ field: FieldView, of bytes: RawSpan) {
    append(",\"")
    let key = bytes.extracting(field.key)
    if isReserved(key) { append("field.") }
    _ = appendEscaped(key, .json)
    append("\":")
    switch field.type {
    case .string:
      append(UInt8(ascii: "\""))
      appendJSONMessage(bytes.extracting(field.value))
    case .int: append(Int64(bitPattern: bytes.u64(at: field.value.lowerBound)))
    case .uint: append(bytes.u64(at: field.value.lowerBound))
    case .bool: bytes.u8(at: field.value.lowerBound) != 0 ? append("true") : append("false")
    case .double:
      let value = Double(bitPattern: bytes.u64(at: field.value.lowerBound))
      if value.isFinite { return append(value) }
      append("{\"float\":\"")
      append(value)
      append("\"}")
    }
  }

  /// Keys that the daemon itself writes: a client's are renamed, so that it can forge none.
  private func isReserved(_ key: RawSpan) -> Bool {
    if key.u8(at: 0) == UInt8(ascii: "_") { return true }
    if key.equals("ts") || key.equals("level") || key.equals("ident") { return true }
    if key.equals("pid") || key.equals("uid") || key.equals("msg") { return true }
    return key.byteCount >= 6 && key.extracting(0..<6).equals("field.")
  }
}
