internal import LogdPlatform
internal import LogdWire

/// What a line's head says of the process: made once a ring, not once a record.
struct SourceLabel: Sendable {
  /// `worker[1234]: ` or `"ident":"worker","pid":1234,"uid":1000,"msg":"`.
  let bytes: [UInt8]

  /// The intake has records of many processes: each says by itself whose it is.
  static let inRecord = SourceLabel(bytes: [])
  var isInRecord: Bool { bytes.isEmpty }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  init(ident: String, pid: Int32, uid: UInt32, format: Configuration.Format) {
    bytes =
      switch format {
      case .text: Array("\(ident)[\(pid)]: ".utf8)
      case .json: Array("\"ident\":\"\(ident)\",\"pid\":\(pid),\"uid\":\(uid),\"msg\":\"".utf8)
      }
  }
}

/// What the daemon adds to a record in its own name.
struct Annotations {
  /// The client's stamp as wall time, when the time shown is more than a second away from it.
  var claimed: Int64?
}

/// Turns a frame into one line. <doc:Format> is the specification.
///
/// Validates the frame's fields on the way: a frame is looked at once.
struct LineFormatter {
  let format: Configuration.Format
  private var timestamp = Timestamp()
  private let severities: InlineArray<8, SeverityLabel>

  init(_ format: Configuration.Format) {
    self.format = format
    severities = InlineArray { SeverityLabel(Severity(rawValue: UInt8($0)) ?? .debug, format) }
  }

  /// The longest line a frame can become: an escape is at most six bytes for one.
  static func lineBytesMax(frameBytes: Int) -> Int { 6 &* frameBytes &+ 512 }

  /// Appends the line of the frame at `offset`. False: a field breaks a rule, and what was
  /// appended is to be taken back.
  @inline(__always)
  mutating func append(
    _ bytes: RawSpan, at offset: Int, _ header: FrameHeader, time: Int64, label: SourceLabel,
    _ annotations: Annotations, to line: inout LineBuffer
  ) -> Bool {
    if format == .json { line.append("{\"ts\":\"") }
    timestamp.append(time, to: &line)
    severities[Int(header.severity)].append(to: &line)
    var message = offset &+ Layout.Frame.message
    let end = offset &+ header.byteCount
    var next = message &+ header.messageBytes
    if label.isInRecord {
      guard let source = SourceView(bytes.extracting(message..<next)) else { return false }
      append(source, of: bytes.extracting(message..<next), to: &line)
      message = message &+ source.byteCount
    } else {
      unsafe line.append(label.bytes.span.bytes)  // SAFETY: bytes have no padding
    }
    let text = bytes.extracting(message..<next)
    format == .text ? line.appendTextMessage(text) : line.appendJSONMessage(text)
    for _ in 0..<header.fieldCount {
      guard let field = FieldView(bytes, at: next, end: end) else { return false }
      format == .text ? line.appendText(field, of: bytes) : line.appendJSON(field, of: bytes)
      next = field.value.upperBound
    }
    guard next == end else { return false }
    if header.flags != 0 || annotations.claimed != nil { annotate(header, annotations, &line) }
    if format == .json { line.append(UInt8(ascii: "}")) }
    line.append(UInt8(ascii: "\n"))
    return true
  }

  /// The same as a ``SourceLabel``, made for one record.
  private func append(_ source: SourceView, of bytes: RawSpan, to line: inout LineBuffer) {
    let ident = bytes.extracting(source.ident)
    switch format {
    case .text:
      line.append(ident)
      line.append("[")
      line.append(Int64(source.pid))
      line.append("]: ")
    case .json:
      line.append("\"ident\":\"")
      line.append(ident)
      line.append("\",\"pid\":")
      line.append(Int64(source.pid))
      line.append(",\"uid\":")
      line.append(UInt64(source.uid))
      line.append(",\"msg\":\"")
    }
  }

  @inline(never)
  private mutating func annotate(
    _ header: FrameHeader, _ annotations: Annotations, _ line: inout LineBuffer
  ) {
    if header.flags & Layout.Frame.flagCut != 0 {
      format == .text ? line.append(" _cut=true") : line.append(",\"_cut\":true")
    }
    guard let claimed = annotations.claimed else { return }
    format == .text ? line.append(" _stamp=") : line.append(",\"_stamp\":")
    // Quoted in both: in text because a string that begins with a digit is quoted.
    line.append(UInt8(ascii: "\""))
    timestamp.append(claimed, to: &line)
    line.append("Z\"")
  }
}

/// `Z info ` or `Z","level":"info",`, in two blocks.
private struct SeverityLabel {
  private var low = SIMD16<UInt8>(repeating: 0)
  private var high = SIMD16<UInt8>(repeating: 0)
  private let count: Int

  init(_ severity: Severity, _ format: Configuration.Format) {
    let name = "\(severity.name)"
    let text = format == .text ? "Z \(name) " : "Z\",\"level\":\"\(name)\","
    count = text.utf8.count
    for (index, byte) in text.utf8.enumerated() {
      if index < 16 { low[index] = byte } else { high[index - 16] = byte }
    }
  }

  @inline(__always)
  func append(to line: inout LineBuffer) {
    line.append(low, count: min(count, 16))
    if count > 16 { line.append(high, count: count &- 16) }
  }
}
