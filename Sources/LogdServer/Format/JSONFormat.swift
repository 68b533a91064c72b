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
      let value = bytes.extracting(field.value)
      if key.equals("task_level"), value.isTaskLevel { return appendTaskLevel(value) }
      append(UInt8(ascii: "\""))
      appendJSONMessage(value)
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

  /// `/1/2` as `[1,2]`, which is how eliot's tools want the place of a record in its tree.
  private mutating func appendTaskLevel(_ value: RawSpan) {
    append(UInt8(ascii: "["))
    for index in 1..<value.byteCount {
      let byte = value.u8(at: index)
      append(byte == UInt8(ascii: "/") ? UInt8(ascii: ",") : byte)
    }
    append(UInt8(ascii: "]"))
  }

  /// Keys that the daemon itself writes: a client's are renamed, so that it can forge none.
  private func isReserved(_ key: RawSpan) -> Bool {
    if key.u8(at: 0) == UInt8(ascii: "_") { return true }
    if key.equals("ts") || key.equals("level") || key.equals("ident") { return true }
    if key.equals("pid") || key.equals("uid") || key.equals("msg") { return true }
    return key.byteCount >= 6 && key.extracting(0..<6).equals("field.")
  }
}

extension RawSpan {
  /// Whether it is `/1/2` or the like: numbers of at most nine digits, as JSON writes them.
  fileprivate var isTaskLevel: Bool {
    var digits = 9  // none yet, and none may follow but behind a slash
    for index in 0..<byteCount {
      switch u8(at: index) {
      case UInt8(ascii: "/"):
        guard index == 0 || digits > 0 else { return false }
        digits = 0
      case 0x30...0x39:
        guard digits < 9, digits == 0 || u8(at: index &- digits) != 0x30 else { return false }
        digits &+= 1
      default: return false
      }
    }
    return byteCount > 1 && digits > 0
  }
}
