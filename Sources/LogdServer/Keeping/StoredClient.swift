internal import LogdPlatform
internal import LogdWire

/// What a bag says of one client beside its descriptors: all that the next daemon needs to go on with
/// it.
///
/// Little-endian: u32 magic "LGDS", u16 version, u16 bytes of the ident; u64 ring, old
/// ring, data bytes, clock offset, connected at (CLOCK_MONOTONIC); u32 pid, uid, gid, largest record,
/// most fields, kind; u64 id of the control file, offset of the block in it; the ident. A client
/// of native.sock has two descriptors (ring, connection); one of lines.sock its connection alone, no
/// ring, and as `ring` the client of its place in the intake. A control file is kept as if it were a
/// client of its user's, with its id as `ring`.
struct StoredClient: Equatable {
  enum Kind: UInt32 {
    case native, lines, controlFile

    var descriptorCount: Int { self == .native ? 2 : 1 }
  }

  var kind = Kind.native
  var ring: UInt64
  /// The ring that its HELLO named, for a GRANT that has to be sent again.
  var oldRing: UInt64
  var dataBytes: UInt64
  var clockOffset: Int64
  var connectedAt: UInt64
  var pid: Int32
  var uid: UInt32
  var gid: UInt32
  /// What was granted: a later daemon with lower limits still takes these records.
  var recordBytesMax: UInt32
  var fieldsMax: UInt32
  /// Where the control block of the ring is.
  var controlFile: UInt64 = 0
  var controlOffset: UInt64 = 0
  var ident: Ident

  var granted: FrameLimits {
    FrameLimits(recordBytes: Int(recordBytesMax), fields: Int(fieldsMax))
  }

  static let packetBytesMax = headBytes + Layout.identBytesMax
  private static let headBytes = 88
  private static let magic: UInt32 = 0x5344_474C
  private static let version: UInt16 = 2

  /// How many bytes it took.
  func encode(into packet: inout MutableRawSpan) -> Int {
    packet.store(Self.magic, at: 0)
    packet.store(Self.version, at: 4)
    packet.store(UInt16(ident.text.count), at: 6)
    packet.store(ring, at: 8)
    packet.store(oldRing, at: 16)
    packet.store(dataBytes, at: 24)
    packet.store(UInt64(bitPattern: clockOffset), at: 32)
    packet.store(connectedAt, at: 40)
    packet.store(UInt32(bitPattern: pid), at: 48)
    packet.store(uid, at: 52)
    packet.store(gid, at: 56)
    packet.store(recordBytesMax, at: 60)
    packet.store(fieldsMax, at: 64)
    packet.store(kind.rawValue, at: 68)
    packet.store(controlFile, at: 72)
    packet.store(controlOffset, at: 80)
    ident.text.copy(into: &packet, at: Self.headBytes)
    return Self.headBytes + ident.text.count
  }

  /// Moves `at` behind it. Nil: not from a daemon that packs as this one does.
  static func decode(from bytes: RawSpan, at: inout Int) -> StoredClient? {
    let rest = bytes.extracting(at...)
    guard rest.byteCount > headBytes, rest.u32(at: 0) == magic, rest.u16(at: 4) == version else {
      return nil
    }
    let byteCount = headBytes + Int(rest.u16(at: 6))
    guard byteCount > headBytes, byteCount <= min(rest.byteCount, packetBytesMax) else {
      return nil
    }
    at += byteCount
    let packet = rest.extracting(0..<byteCount)
    let dataBytes = packet.u64(at: 24)
    guard packet.u64(at: 8) != 0, let kind = Kind(rawValue: packet.u32(at: 68)),
      kind != .native
        || dataBytes >= Layout.dataBytesMin && dataBytes <= Layout.dataBytesMax
          && dataBytes & (dataBytes - 1) == 0,
      packet.u32(at: 60) <= UInt32(FrameLimits.most.recordBytes),
      packet.u32(at: 64) <= UInt32(FrameLimits.most.fields)
    else { return nil }
    return StoredClient(
      kind: kind, ring: packet.u64(at: 8), oldRing: packet.u64(at: 16), dataBytes: dataBytes,
      clockOffset: Int64(bitPattern: packet.u64(at: 32)), connectedAt: packet.u64(at: 40),
      pid: Int32(bitPattern: packet.u32(at: 48)), uid: packet.u32(at: 52), gid: packet.u32(at: 56),
      recordBytesMax: packet.u32(at: 60), fieldsMax: packet.u32(at: 64),
      controlFile: packet.u64(at: 72), controlOffset: packet.u64(at: 80),
      ident: Ident(sanitizing: packet.extracting(headBytes..<packet.byteCount)))
  }
}

extension StoredClient {
  /// A connection of lines.sock.
  init(lines client: UInt64, connectedAt: UInt64, pid: Int32, uid: UInt32, gid: UInt32) {
    self.init(
      kind: .lines, ring: client, oldRing: 0, dataBytes: 0, clockOffset: 0,
      connectedAt: connectedAt, pid: pid, uid: uid, gid: gid, recordBytesMax: 0, fieldsMax: 0,
      ident: TextDoors.linesDoor)
  }

  init(_ file: ControlFile) {
    self.init(
      kind: .controlFile, ring: file.id, oldRing: 0, dataBytes: 0, clockOffset: 0, connectedAt: 0,
      pid: 0, uid: file.uid, gid: 0, recordBytesMax: 0, fieldsMax: 0, ident: Ident("control"))
  }
}
