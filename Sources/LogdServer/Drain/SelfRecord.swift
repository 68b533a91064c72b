internal import LogdWire

/// A record of the daemon about itself: a frame like any other, made with allocation because
/// these are few.
struct SelfRecord: Sendable {
  let severity: Severity
  let frame: [UInt8]

  init(_ severity: Severity, _ message: String, _ fields: [(String, String)] = []) {
    self.severity = severity
    var bytes: [UInt8] = []
    let text = message.utf8.prefix(1024)
    let kept = fields.prefix(16).map { (Array($0.0.utf8), Array($0.1.utf8.prefix(1024))) }
    Self.append(UInt32(0), to: &bytes)  // the size, known at the end
    bytes.append(severity.rawValue)
    bytes.append(0)
    Self.append(UInt16(kept.count), to: &bytes)
    Self.append(UInt64(0), to: &bytes)  // no stamp: see OwnRecord
    Self.append(UInt32(text.count), to: &bytes)
    Self.append(UInt32(0), to: &bytes)
    bytes.append(contentsOf: text)
    for (key, value) in kept {
      let number = Self.integer(value)
      bytes.append(number == nil ? FieldType.string.rawValue : FieldType.int.rawValue)
      bytes.append(UInt8(key.count))
      Self.append(UInt16(0), to: &bytes)
      Self.append(UInt32(number == nil ? value.count : 8), to: &bytes)
      bytes.append(contentsOf: key)
      if let number { Self.append(number, to: &bytes) } else { bytes.append(contentsOf: value) }
    }
    let size = UInt32(bytes.count)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: size >> UInt32(index * 8)) }
    frame = bytes
  }

  /// Numbers are written as numbers.
  private static func integer(_ text: [UInt8]) -> Int64? {
    Int64(String(decoding: text, as: UTF8.self))
  }

  private static func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    for index in 0..<Word.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: word >> Word(index * 8)))
    }
  }
}
