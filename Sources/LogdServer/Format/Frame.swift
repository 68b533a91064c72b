internal import LogdWire

/// The fixed part of a frame, checked once against the bytes that are there.
struct FrameHeader {
  let byteCount: Int
  let severity: UInt8
  let flags: UInt8
  let fieldCount: Int
  let stamp: UInt64
  let messageBytes: Int

  /// Reads the header at `offset`; the caller has seen that 24 bytes are there.
  ///
  /// nil: the frame breaks a rule of <doc:Protocol>, whatever follows.
  @inline(__always)
  init?(_ bytes: RawSpan, at offset: Int, limits: FrameLimits) {
    byteCount = Int(bytes.u32(at: offset &+ Layout.Frame.bytes))
    severity = bytes.u8(at: offset &+ Layout.Frame.severity)
    flags = bytes.u8(at: offset &+ Layout.Frame.flags)
    fieldCount = Int(bytes.u16(at: offset &+ Layout.Frame.fieldCount))
    stamp = bytes.u64(at: offset &+ Layout.Frame.stamp)
    messageBytes = Int(bytes.u32(at: offset &+ Layout.Frame.messageBytes))
    guard byteCount >= Layout.Frame.message, byteCount <= limits.recordBytes, severity <= 7,
      fieldCount <= limits.fields, messageBytes <= byteCount &- Layout.Frame.message
    else { return nil }
  }
}

/// What the daemon granted: the largest frame, the most fields.
struct FrameLimits: Sendable {
  let recordBytes: Int
  let fields: Int

  /// No configuration grants more.
  static let most = FrameLimits(recordBytes: 1 << 20, fields: Int(UInt16.max))

  init(recordBytes: Int, fields: Int) {
    self.recordBytes = recordBytes
    self.fields = fields
  }

  init(_ configuration: Configuration.Limits) {
    self.init(recordBytes: configuration.recordBytesMax, fields: configuration.fieldsMax)
  }

  /// Both at least as large as in `other`.
  func covers(_ other: FrameLimits) -> Bool {
    recordBytes >= other.recordBytes && fields >= other.fields
  }

  /// What is enough for both.
  func union(_ other: FrameLimits) -> FrameLimits {
    FrameLimits(
      recordBytes: max(recordBytes, other.recordBytes), fields: max(fields, other.fields))
  }
}

/// What stands before the message in a frame of the intake: whose record it is.
struct SourceView {
  let pid: Int32
  let uid: UInt32
  let ident: Range<Int>

  /// Where pid, uid, gid and the bytes of the ident end, a u32 each.
  static let headBytes = 16

  /// Reads it at the start of `bytes`, which are source and message; nil: it breaks a rule.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headBytes else { return nil }
    let identBytes = Int(bytes.u32(at: 12))
    guard identBytes >= 1, identBytes <= Layout.identBytesMax,
      identBytes <= bytes.byteCount - Self.headBytes
    else { return nil }
    pid = Int32(bitPattern: bytes.u32(at: 0))
    uid = bytes.u32(at: 4)
    ident = Self.headBytes..<Self.headBytes + identBytes
    // Written by this daemon or one before it, in a file that may have been damaged meanwhile.
    guard pid >= 0, ident.allSatisfy({ Ident.isAllowed(bytes.u8(at: $0)) }) else { return nil }
  }

  var byteCount: Int { ident.upperBound }
}

/// One field of a frame: its type, and where key and value are.
struct FieldView {
  let type: FieldType
  let key: Range<Int>
  let value: Range<Int>

  /// Reads the field at `offset` of a frame that ends at `end`; nil: it breaks a rule.
  @inline(__always)
  init?(_ bytes: RawSpan, at offset: Int, end: Int) {
    guard offset &+ Layout.Field.key <= end else { return nil }
    guard let type = FieldType(rawValue: bytes.u8(at: offset)) else { return nil }
    let keyBytes = Int(bytes.u8(at: offset &+ Layout.Field.keyBytes))
    let valueBytes = Int(bytes.u32(at: offset &+ Layout.Field.valueBytes))
    let keyStart = offset &+ Layout.Field.key
    guard keyBytes >= 1, keyBytes <= Layout.keyBytesMax,
      keyBytes &+ valueBytes <= end &- keyStart
    else { return nil }
    switch type {
    case .string: break
    case .int, .uint, .double: guard valueBytes == 8 else { return nil }
    case .bool: guard valueBytes == 1, bytes.u8(at: keyStart &+ keyBytes) <= 1 else { return nil }
    }
    self.type = type
    key = keyStart..<keyStart &+ keyBytes
    value = keyStart &+ keyBytes..<keyStart &+ keyBytes &+ valueBytes
  }
}
