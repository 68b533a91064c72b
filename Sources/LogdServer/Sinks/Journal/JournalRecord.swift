internal import LogdWire

/// One record as journald takes it, systemd.journal-fields(7): MESSAGE, PRIORITY, SYSLOG_IDENTIFIER,
/// SYSLOG_PID, OBJECT_PID, SYSLOG_TIMESTAMP, and its own fields under names that journald takes.
struct JournalRecord {
  let offset: Int
  let header: FrameHeader
  let run: HandoffBatch.Run

  /// `NAME=value` for each, and where each ends; the writer has seen that they are right.
  func replace(_ text: inout [UInt8], _ ends: inout [Int], from bytes: RawSpan) {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    var message = offset + Layout.Frame.message
    let next = message + header.messageBytes
    var (ident, pid) = (run.ident, run.pid)
    if run.isInRecord, let source = SourceView(bytes.extracting(message..<next)) {
      ident = Self.string(bytes.extracting(message..<next).extracting(source.ident))
      pid = source.pid
      message += source.byteCount
    }
    let stamp = Int64(bitPattern: header.stamp) &+ run.timeOffset
    for (name, value) in [
      ("PRIORITY", "\(header.severity)"), ("SYSLOG_IDENTIFIER", ident), ("SYSLOG_PID", "\(pid)"),
      ("OBJECT_PID", "\(pid)"), ("SYSLOG_TIMESTAMP", Timestamp.text(stamp)),
    ] {
      text += "\(name)=\(value)".utf8
      ends.append(text.count)
    }
    text += "MESSAGE=".utf8
    Self.append(bytes.extracting(message..<next), to: &text)
    ends.append(text.count)
    appendFields(of: bytes, from: next, to: &text, &ends)
  }

  private func appendFields(
    of bytes: RawSpan, from start: Int, to text: inout [UInt8], _ ends: inout [Int]
  ) {
    var next = start
    for _ in 0..<header.fieldCount {
      guard let field = FieldView(bytes, at: next, end: offset + header.byteCount) else { return }
      text += JournalName.bytes(of: bytes.extracting(field.key))
      text.append(UInt8(ascii: "="))
      let value = bytes.extracting(field.value)
      switch field.type {
      case .string: Self.append(value, to: &text)
      case .int: text += "\(Int64(bitPattern: value.u64(at: 0)))".utf8
      case .uint: text += "\(value.u64(at: 0))".utf8
      case .double: text += "\(Double(bitPattern: value.u64(at: 0)))".utf8
      case .bool: text += (value.u8(at: 0) == 0 ? "false" : "true").utf8
      }
      ends.append(text.count)
      next = field.value.upperBound
    }
  }

  private static func append(_ bytes: RawSpan, to text: inout [UInt8]) {
    // SAFETY: copied during the call.
    unsafe bytes.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
  }

  private static func string(_ bytes: RawSpan) -> String {
    unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

/// How a field is called in the journal: uppercase letters, digits and underscores, at most 64, with
/// a letter in front. Others journald drops without a word.
enum JournalName {
  /// What is ours to say: a field of that name would stand beside it.
  private static let own = [
    "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_TIMESTAMP", "OBJECT_PID",
  ].map { Array($0.utf8) }
  private static let bytesMax = 64

  static func bytes(of key: RawSpan) -> [UInt8] {
    var name: [UInt8] = []
    for index in 0..<key.byteCount where name.count < bytesMax {
      let byte = key.u8(at: index)
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): name.append(byte - 32)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        name.append(byte)
      default: name.append(UInt8(ascii: "_"))
      }
    }
    let isLetter = name.first.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ?? false
    guard !isLetter || own.contains(name) else { return name }
    return Array(("FIELD_".utf8 + name).prefix(bytesMax))
  }
}
