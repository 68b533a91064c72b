internal import CLinux
internal import LogdWire

/// Writes records as lines of the log file's text format, for those that no daemon takes.
///
/// Collects in place and writes in pieces, without allocation. After a failed write it is silent.
struct TextLine {
  private let descriptor: Int32
  private var buffer = InlineArray<2048, UInt8>(repeating: 0)
  private var count = 0
  private(set) var hasFailed = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  mutating func flush() {
    var from = 0
    while from < count, !hasFailed {
      // SAFETY: from..<count is within the buffer.
      let written = unsafe withUnsafePointer(to: &buffer) {
        unsafe clinux_write(descriptor, UnsafeRawPointer($0) + from, UInt64(count - from))
      }
      if written <= 0 { hasFailed = true } else { from += Int(written) }
    }
    count = 0
  }

  mutating func append(byte: UInt8) {
    if count == 2048 { flush() }
    buffer[count] = byte
    count += 1
  }

  mutating func append(_ text: StaticString) {
    // SAFETY: the index is below the count of a literal.
    for index in 0..<text.utf8CodeUnitCount { append(byte: unsafe text.utf8Start[index]) }
  }

  mutating func append<let capacity: Int>(_ text: ShortText<capacity>) {
    for index in 0..<text.count { append(byte: text[index]) }
  }

  /// In decimal, with zeros in front up to `digits`.
  mutating func append(decimal number: UInt64, digits: Int = 1) {
    if number >= 10 || digits > 1 { append(decimal: number / 10, digits: digits - 1) }
    append(byte: UInt8(ascii: "0") + UInt8(number % 10))
  }

  mutating func append(signed number: Int64) {
    if number < 0 { append("-") }
    append(decimal: number.magnitude)
  }

  /// One line: time, severity, ident and pid, message, fields.
  mutating func append(
    frame: UnsafeRawBufferPointer, ident: Ident, pid: Int32, clockOffset: Int64
  ) {
    typealias At = Layout.Frame
    // SAFETY: a frame of our own: whole, aligned, its parts within its bytes.
    let stamp = unsafe frame.load(fromByteOffset: At.stamp, as: UInt64.self)
    append(time: Int64(stamp) + clockOffset)
    append(" ")
    append(Severity(rawValue: unsafe frame[At.severity])?.name ?? "debug")
    append(" ")
    append(ident.text)
    append("[")
    append(decimal: UInt64(pid))
    append("]: ")
    let end =
      unsafe At.message + Int(frame.load(fromByteOffset: At.messageBytes, as: UInt32.self))
    let message = unsafe UnsafeRawBufferPointer(rebasing: frame[At.message..<end])
    unsafe appendText(message, isQuoted: TextEscapes.quotesMessage(message))
    unsafe appendFields(UnsafeRawBufferPointer(rebasing: frame[end...]))
    append("\n")
  }

  private mutating func appendFields(_ fields: UnsafeRawBufferPointer) {
    typealias At = Layout.Field
    var at = 0
    while at < fields.count {
      // SAFETY: as in append(frame:).
      let keyEnd = unsafe at + At.key + Int(fields[at + At.keyBytes])
      let end =
        unsafe keyEnd
        + Int(fields.loadUnaligned(fromByteOffset: at + At.valueBytes, as: UInt32.self))
      append(" ")
      unsafe appendKey(UnsafeRawBufferPointer(rebasing: fields[(at + At.key)..<keyEnd]))
      append("=")
      unsafe appendValue(
        FieldType(rawValue: fields[at]), UnsafeRawBufferPointer(rebasing: fields[keyEnd..<end]))
      at = end
    }
  }

  private mutating func appendKey(_ key: UnsafeRawBufferPointer) {
    for index in key.indices {
      let byte = unsafe key[index]
      let isForeign = index == 0 && byte == UInt8(ascii: "_")
      if TextEscapes.isKeyByte(byte), !isForeign { append(byte: byte) } else { append(hex: byte) }
    }
  }

  private mutating func appendValue(_ type: FieldType?, _ value: UnsafeRawBufferPointer) {
    switch type {
    case .int: append(signed: unsafe value.loadUnaligned(as: Int64.self))
    case .uint: append(decimal: unsafe value.loadUnaligned(as: UInt64.self))
    case .bool: append(unsafe value[0] != 0 ? "true" : "false")
    case .double: append(double: unsafe value.loadUnaligned(as: Double.self))
    case .string, nil: unsafe appendText(value, isQuoted: TextEscapes.quotesValue(value))
    }
  }

  private mutating func appendText(_ text: UnsafeRawBufferPointer, isQuoted: Bool) {
    if isQuoted { append("\"") }
    for index in text.indices {
      let byte = unsafe text[index]
      switch byte {
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\"") where isQuoted: append("\\\"")
      case 0x20...0x7E: append(byte: byte)
      default: append(hex: byte)
      }
    }
    if isQuoted { append("\"") }
  }

  private mutating func append(hex byte: UInt8) {
    append("\\x")
    append(hexDigit: byte >> 4)
    append(hexDigit: byte & 15)
  }

  private mutating func append(hexDigit: UInt8) {
    append(byte: hexDigit < 10 ? UInt8(ascii: "0") + hexDigit : UInt8(ascii: "a") + hexDigit - 10)
  }

  /// The shortest digits that read back the same; the one place that may allocate.
  private mutating func append(double: Double) {
    if double.isNaN { return append("nan") }
    if double.isInfinite { return double < 0 ? append("-inf") : append("inf") }
    var digits = InlineArray<32, UInt8>(repeating: 0)
    // SAFETY: the function writes at most 32 bytes.
    let count = unsafe withUnsafeMutablePointer(to: &digits) { pointer in
      unsafe Int(
        clinux_format_double(
          double, UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt8.self)))
    }
    var isInteger = true
    for index in 0..<count {
      append(byte: digits[index])
      if digits[index] == UInt8(ascii: ".") || digits[index] == UInt8(ascii: "e") {
        isInteger = false
      }
    }
    if isInteger { append(".0") }
  }

  /// Nanoseconds since 1970 as `2026-11-21T02:36:01.123456Z`.
  private mutating func append(time: Int64) {
    let seconds = UInt64(max(time, 0)) / 1_000_000_000
    let day = CivilDay(daysSince1970: Int64(seconds / 86400))
    append(decimal: UInt64(day.year), digits: 4)
    append("-")
    append(decimal: UInt64(day.month), digits: 2)
    append("-")
    append(decimal: UInt64(day.day), digits: 2)
    append("T")
    append(decimal: seconds / 3600 % 24, digits: 2)
    append(":")
    append(decimal: seconds / 60 % 60, digits: 2)
    append(":")
    append(decimal: seconds % 60, digits: 2)
    append(".")
    append(decimal: UInt64(max(time, 0)) % 1_000_000_000 / 1000, digits: 6)
    append("Z")
  }
}
