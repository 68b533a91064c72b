import Testing

@testable import LogdWire

@Suite struct `A frame writer` {
  enum Value: Equatable {
    case string([UInt8])
    case int(Int64)
    case uint(UInt64)
    case double(UInt64)
    case bool(Bool)

    var bytes: Int {
      switch self {
      case .string(let bytes): bytes.count
      case .bool: 1
      default: 8
      }
    }
  }

  struct Record: Equatable {
    var message: [UInt8]
    var fields: [(key: [UInt8], value: Value)]
    var isCut = false

    static func == (a: Record, b: Record) -> Bool {
      a.message == b.message && a.isCut == b.isCut
        && a.fields.elementsEqual(b.fields) { $0.key == $1.key && $0.value == $1.value }
    }
  }

  private func encode(_ record: Record, limit: Int, fieldsMax: Int) -> [UInt8] {
    var memory = [UInt64](repeating: .max, count: limit / 8 + 2)
    return unsafe memory.withUnsafeMutableBytes { memory in
      var writer = unsafe FrameWriter(
        at: memory.baseAddress!, RecordLimits(bytes: UInt32(limit), fields: UInt32(fieldsMax)))
      var size = FrameSize(messageBytes: record.message.count)
      for field in record.fields {
        size.addField(keyBytes: field.key.count, valueBytes: field.value.bytes)
      }
      unsafe record.message.withUnsafeBytes {
        unsafe writer.message($0, fieldBytes: size.fieldBytes)
      }
      for field in record.fields { add(field.key, field.value, to: &writer) }
      let count = writer.finish(severity: 3, stamp: 77)
      #expect(count <= limit)
      #expect(unsafe memory[limit...].allSatisfy { $0 == 0xFF }, "wrote beyond its limit")
      return unsafe Array(memory[..<count])
    }
  }

  private func add(_ key: [UInt8], _ value: Value, to writer: inout FrameWriter) {
    unsafe key.withUnsafeBytes { key in
      switch value {
      case .string(let bytes):
        unsafe bytes.withUnsafeBytes { unsafe writer.field(key, bytes: $0) }
      case .int(let number): unsafe writer.field(key, int: number)
      case .uint(let number): unsafe writer.field(key, uint: number)
      case .double(let bits): unsafe writer.field(key, double: Double(bitPattern: bits))
      case .bool(let truth): unsafe writer.field(key, bool: truth)
      }
    }
  }

  /// By the table in the specification, byte for byte.
  private func decode(_ frame: [UInt8]) -> Record {
    frame.read { span in
      #expect(span.u32(at: 0) == frame.count && frame[4] == 3 && span.u64(at: 8) == 77)
      #expect(span.u32(at: 20) == 0)
      let end = 24 + Int(span.u32(at: 16))
      var record = Record(message: Array(frame[24..<end]), fields: [], isCut: frame[5] == 1)
      var at = end
      while at < frame.count {
        #expect(span.u16(at: at + 2) == 0)
        let keyEnd = at + 8 + Int(frame[at + 1])
        let valueEnd = keyEnd + Int(span.u32(at: at + 4))
        let value: Value =
          switch frame[at] {
          case 1: .string(Array(frame[keyEnd..<valueEnd]))
          case 2: .int(Int64(bitPattern: span.u64(at: keyEnd)))
          case 3: .double(span.u64(at: keyEnd))
          case 4: .bool(frame[keyEnd] == 1)
          default: .uint(span.u64(at: keyEnd))
          }
        record.fields.append((Array(frame[(at + 8)..<keyEnd]), value))
        at = valueEnd
      }
      #expect(at == frame.count && Int(span.u16(at: 6)) == record.fields.count)
      return record
    }
  }

  private func randomRecord(_ random: inout SeededRandom) -> Record {
    func bytes(_ range: ClosedRange<Int>, _ random: inout SeededRandom) -> [UInt8] {
      (0..<Int.random(in: range, using: &random)).map { _ in .random(in: 0...255, using: &random) }
    }
    var record = Record(message: bytes(0...300, &random), fields: [])
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let word = random.next()
      let value: Value =
        switch word % 5 {
        case 0: .string(bytes(0...60, &random))
        case 1: .int(Int64(bitPattern: random.next()))
        case 2: .uint(random.next())
        case 3: .double(random.next())
        default: .bool(word & 64 == 0)
        }
      record.fields.append((bytes(1...64, &random), value))
    }
    return record
  }

  @Test func `every record reads back as it was written`() {
    var random = SeededRandom()
    for _ in 0..<3000 {
      let record = randomRecord(&random)
      #expect(decode(encode(record, limit: 4096, fieldsMax: 128)) == record)
    }
  }

  @Test func `whatever the limit, what is written is whole, and cut if it is not all`() {
    var random = SeededRandom()
    for _ in 0..<5000 {
      let record = randomRecord(&random)
      let limit = Int.random(in: 24...600, using: &random)
      let fieldsMax = Int.random(in: 0...6, using: &random)
      let read = decode(encode(record, limit: limit, fieldsMax: fieldsMax))
      #expect(record.message.starts(with: read.message))
      #expect(read.fields.count <= fieldsMax)
      let isWhole =
        read.message == record.message && read.fields.count == record.fields.count
      #expect(read.isCut == !isWhole)
    }
  }

  @Test func `a cut message ends with a whole character`() {
    let message = Array("äöü€𝄞".utf8)
    for limit in 24...(24 + message.count) {
      let read = decode(encode(Record(message: message, fields: []), limit: limit, fieldsMax: 0))
      #expect(String(validating: read.message, as: UTF8.self) != nil)
    }
  }

  @Test func `a key of 65 bytes is cut, an empty one leaves the field out`() {
    let long = [UInt8](repeating: 0x6B, count: 65)
    let record = Record(message: [], fields: [(long, .bool(true)), ([], .int(1))])
    let read = decode(encode(record, limit: 4096, fieldsMax: 128))
    #expect(read.fields.count == 1 && read.fields[0].key.count == 64)
    #expect(read.isCut)
  }
}
