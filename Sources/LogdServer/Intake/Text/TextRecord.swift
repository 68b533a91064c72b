internal import LogdPlatform
internal import LogdWire

/// One record of a text client while it is put together, member by member; used again for the next
/// one, so that none allocates.
final class TextRecord {
  let message: BoundedBytes
  /// As they stand in a frame.
  private let fields: BoundedBytes
  /// For whoever has to undo escapes before it knows what becomes of the bytes.
  let key: BoundedBytes
  let value: BoundedBytes
  private var fieldCount = 0
  private let recordBytesMax: Int
  private let fieldsMax: Int
  var severity = Severity.info
  var ident: Ident?
  /// The time that the client says it was, nanoseconds since 1970.
  var claimedTime: Int64?
  /// Whose it is, as the kernel says.
  var pid: Int32 = 0
  /// A part of it was left out.
  var isCut = false

  init(_ limits: FrameLimits) throws(Errno) {
    recordBytesMax = limits.recordBytes
    fieldsMax = limits.fields
    message = try BoundedBytes(capacity: limits.recordBytes)
    fields = try BoundedBytes(capacity: limits.recordBytes)
    key = try BoundedBytes(capacity: Layout.keyBytesMax)
    value = try BoundedBytes(capacity: limits.recordBytes)
  }

  /// The most bytes that ``append(to:from:now:wallNow:door:)`` writes.
  var frameBytesMax: Int { Layout.padded(recordBytesMax) }

  func clear() {
    message.clear()
    fields.clear()
    fieldCount = 0
    severity = .info
    ident = nil
    claimedTime = nil
    isCut = false
  }

  // MARK: fields

  /// An empty key becomes `_`; a field without room is left out, and the record marked.
  func field(_ key: RawSpan, _ type: FieldType, _ value: RawSpan) {
    let keyBytes = min(max(key.byteCount, 1), Layout.keyBytesMax)
    let bytes = Layout.Field.key + keyBytes + value.byteCount
    guard fieldCount < fieldsMax, fields.count + bytes <= recordBytesMax else {
      isCut = true
      return
    }
    fields.append(type.rawValue)
    fields.append(UInt8(keyBytes))
    fields.append(0)
    fields.append(0)
    fields.append(word: UInt32(value.byteCount))
    if key.byteCount == 0 { fields.append(UInt8(ascii: "_")) }
    fields.append(key.extracting(0..<min(key.byteCount, keyBytes)))
    fields.append(value)
    fieldCount += 1
  }

  func field(_ key: StaticString, _ value: RawSpan) {
    // SAFETY: a literal lives for ever. So below.
    let key = unsafe RawSpan(_unsafeStart: key.utf8Start, byteCount: key.utf8CodeUnitCount)
    field(key, .string, value)
  }

  func field(_ key: RawSpan, _ type: FieldType, word: UInt64) {
    let bytes: InlineArray<1, UInt64> = [word]
    unsafe field(key, type, bytes.span.bytes)  // SAFETY: a word has no padding
  }

  func field(_ key: RawSpan, _ flag: Bool) {
    let bytes: InlineArray<1, UInt8> = [flag ? 1 : 0]
    unsafe field(key, .bool, bytes.span.bytes)  // SAFETY: a byte has no padding
  }

  // MARK: the frame

  /// Writes the frame of the record. What is too large for one is cut: of the message as much as the
  /// fields need but for a half, then of the fields.
  func append(
    to intake: IntakeFile, from peer: Credentials, now: UInt64, wallNow: Int64, door: Ident
  ) {
    let ident = Self.name(ident ?? door)
    let source = SourceView.headBytes + ident.text.count
    let room = recordBytesMax - Layout.Frame.message - source
    let kept = cutMessage(room)
    let (fieldBytes, fieldCount) = cutFields(room - kept)
    let isCut = isCut || message.isCut || kept < message.count || fieldCount < self.fieldCount
    var head = InlineArray<104, UInt8>(repeating: 0)
    var span = head.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var bytes = unsafe span.mutableBytes
    typealias At = Layout.Frame
    bytes.store(UInt32(At.message + source + kept + fieldBytes), at: At.bytes)
    bytes.store(severity.rawValue, at: At.severity)
    bytes.store(isCut ? At.flagCut : 0, at: At.flags)
    bytes.store(UInt16(fieldCount), at: At.fieldCount)
    bytes.store(stamp(now, wallNow), at: At.stamp)
    bytes.store(UInt32(source + kept), at: At.messageBytes)
    bytes.store(UInt32(bitPattern: peer.pid), at: At.message)
    bytes.store(peer.uid, at: At.message + 4)
    bytes.store(peer.gid, at: At.message + 8)
    bytes.store(UInt32(ident.text.count), at: At.message + 12)
    ident.text.copy(into: &bytes, at: At.message + SourceView.headBytes)
    unsafe intake.append(head.span.bytes.extracting(0..<At.message + source))
    message.withBytes { intake.append($0.extracting(0..<kept)) }
    fields.withBytes { intake.append($0.extracting(0..<fieldBytes)) }
    intake.endRecord()
  }

  /// `logd` is the daemon's own name in the file.
  private static func name(_ ident: Ident) -> Ident {
    ident == Ident("logd") ? Ident("logd_") : ident
  }

  private func stamp(_ now: UInt64, _ wallNow: Int64) -> UInt64 {
    guard let claimedTime else { return now }
    let (age, isTooMuch) = wallNow.subtractingReportingOverflow(claimedTime)
    if isTooMuch { return 1 }
    let (stamp, isBefore) = Int64(bitPattern: now).subtractingReportingOverflow(age)
    return isBefore ? .max : UInt64(max(stamp, 1))
  }

  /// How much of the message stays; a UTF-8 character is not cut.
  private func cutMessage(_ room: Int) -> Int {
    var kept = min(message.count, max(room - fields.count, room / 2))
    guard kept < message.count else { return kept }
    message.withBytes { bytes in
      for _ in 0..<3 where kept > 0 && bytes.u8(at: kept) & 0xC0 == 0x80 { kept -= 1 }
    }
    return kept
  }

  private func cutFields(_ room: Int) -> (bytes: Int, count: Int) {
    if fields.count <= room { return (fields.count, fieldCount) }
    return fields.withBytes { bytes in
      var (end, count) = (0, 0)
      while count < fieldCount {
        let next =
          end + Layout.Field.key + Int(bytes.u8(at: end + Layout.Field.keyBytes))
          + Int(bytes.u32(at: end + Layout.Field.valueBytes))
        if next > room { break }
        (end, count) = (next, count + 1)
      }
      return (end, count)
    }
  }
}

extension BoundedBytes {
  fileprivate func append(word: UInt32) {
    for shift in 0..<4 { append(UInt8(truncatingIfNeeded: word >> UInt32(shift * 8))) }
  }
}

extension Ident {
  init(_ text: StaticString) {
    // SAFETY: a literal lives for ever.
    self.init(
      sanitizing: unsafe RawSpan(
        _unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount))
  }
}
