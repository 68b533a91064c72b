import LogdArchive
import LogdWire

/// A record as the frame that a client would write, straight from Protocol.md and slowly.
struct FrameModel {
  var stamp: UInt64 = 0
  var severity: UInt8 = 6
  var flags: UInt8 = 0
  var message: [UInt8] = []
  var fields: [(type: UInt8, key: [UInt8], value: [UInt8])] = []

  init(_ record: LogRecord, stamp: UInt64 = 0) {
    self.stamp = stamp
    severity = record.severity.rawValue
    message = record.message
    fields = record.fields.map { field in
      switch field.value {
      case .string(let value): (1, field.key, value)
      case .integer(let value): (2, field.key, Self.bytes(value))
      case .double(let value): (3, field.key, Self.bytes(value.bitPattern))
      case .bool(let value): (4, field.key, [value ? 1 : 0])
      case .unsigned(let value): (5, field.key, Self.bytes(value))
      }
    }
  }

  /// Padded to a multiple of eight.
  var bytes: [UInt8] {
    var rest = Self.bytes(stamp) + Self.bytes(UInt32(message.count)) + Self.bytes(UInt32(0))
    rest += message
    for field in fields {
      rest += [field.type, UInt8(field.key.count), 0, 0] + Self.bytes(UInt32(field.value.count))
      rest += field.key + field.value
    }
    let head = Self.bytes(UInt32(8 + rest.count)) + [severity, flags]
    let frame = head + Self.bytes(UInt16(fields.count)) + rest
    return frame + Array(repeating: 0xEE, count: (8 - frame.count % 8) % 8)
  }

  static func bytes<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> Word($0 * 8)) }
  }
}
