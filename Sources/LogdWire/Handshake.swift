// HELLO, GRANT and REFUSE, see <doc:Protocol>.
//
// Each is encoded into and decoded from one packet. Decoding looks at every field once and
// answers with a value that is good throughout or with the first rule that was broken. Reserved
// words must be zero in a HELLO (the daemon trusts nothing); in the daemon's answers they are
// ignored, so that a later daemon may use them.

/// Why a packet is not the message it should be.
public enum HandshakeError: Error, Equatable, Sendable {
  case length(Int)
  case magic(UInt32)
  case version(UInt16)
  case type(UInt16)
  case identBytes(UInt32)
  case reserved(offset: Int)
  case dataBytes(UInt64)
  case recordBytesMax(UInt32)
  case fieldsMax(UInt32)
  case controlOffset(UInt64)
  case textBytes(UInt32)

  /// The reason that a daemon gives in its REFUSE.
  public var reason: Refuse.Reason {
    if case .version = self { .version } else { .protocolError }
  }
}

/// The first packet of a client: who it says it is, and the ring it wishes.
public struct Hello: Equatable, Sendable {
  public static let packetBytesMax = Layout.Hello.ident + Layout.identBytesMax

  /// Wished size of the data area; 0: the daemon's default.
  public var ringBytes: UInt64
  /// A ring granted by a daemon that is gone, else 0.
  public var oldRing: UInt64
  /// CLOCK_MONOTONIC of the client, nanoseconds.
  public var clock: UInt64
  public var ident: Ident

  public init(ringBytes: UInt64, oldRing: UInt64 = 0, clock: UInt64, ident: Ident) {
    self.ringBytes = ringBytes
    self.oldRing = oldRing
    self.clock = clock
    self.ident = ident
  }

  /// Writes the packet and returns its size; `packet` has at least ``packetBytesMax`` bytes.
  public func encode(into packet: inout MutableRawSpan) -> Int {
    typealias At = Layout.Hello
    Message.hello.encode(into: &packet)
    packet.store(ringBytes, at: At.ringBytes)
    packet.store(oldRing, at: At.oldRing)
    packet.store(clock, at: At.clock)
    packet.store(UInt32(0), at: At.flags)
    packet.store(UInt32(ident.text.count), at: At.identBytes)
    packet.store(UInt64(0), at: At.reserved)
    ident.text.copy(into: &packet, at: At.ident)
    return At.ident + ident.text.count
  }

  public static func decode(from packet: RawSpan) throws(HandshakeError) -> Hello {
    typealias At = Layout.Hello
    try Message.hello.check(packet, bytesMin: At.ident + 1)
    guard packet.u32(at: At.flags) == 0 else { throw .reserved(offset: At.flags) }
    guard packet.u64(at: At.reserved) == 0 else { throw .reserved(offset: At.reserved) }
    let identBytes = packet.u32(at: At.identBytes)
    guard (1...UInt32(Layout.identBytesMax)).contains(identBytes) else {
      throw .identBytes(identBytes)
    }
    guard packet.byteCount == At.ident + Int(identBytes) else { throw .length(packet.byteCount) }
    return Hello(
      ringBytes: packet.u64(at: At.ringBytes), oldRing: packet.u64(at: At.oldRing),
      clock: packet.u64(at: At.clock),
      ident: Ident(sanitizing: packet.extracting(At.ident..<packet.byteCount)))
  }
}

/// The daemon's yes: a ring, sent together with its two descriptors (data, then control).
public struct Grant: Equatable, Sendable {
  public static let packetBytes = Layout.Grant.bytes

  public var ring: UInt64
  /// Size of the data area: a power of two, at least ``Layout/dataBytesMin``.
  public var dataBytes: UInt64
  /// For the old ring named in HELLO: everything below has been taken. ``Layout/unknownRing``
  /// when the daemon does not know it.
  public var resume: UInt64
  /// For the old ring, when it is known: how many of its drops are in the file.
  public var droppedTaken: UInt64
  /// The largest frame the daemon accepts: at most half the data area.
  public var recordBytesMax: UInt32
  public var fieldsMax: UInt32
  /// Where in its file the control block is: a multiple of ``Layout/controlBytes``.
  public var controlOffset: UInt64

  public init(
    ring: UInt64, dataBytes: UInt64, resume: UInt64 = Layout.unknownRing,
    droppedTaken: UInt64 = 0, recordBytesMax: UInt32, fieldsMax: UInt32, controlOffset: UInt64 = 0
  ) {
    self.ring = ring
    self.dataBytes = dataBytes
    self.resume = resume
    self.droppedTaken = droppedTaken
    self.recordBytesMax = recordBytesMax
    self.fieldsMax = fieldsMax
    self.controlOffset = controlOffset
  }

  /// Writes the packet and returns its size; `packet` has at least ``packetBytes`` bytes.
  public func encode(into packet: inout MutableRawSpan) -> Int {
    typealias At = Layout.Grant
    Message.grant.encode(into: &packet)
    packet.store(ring, at: At.ring)
    packet.store(dataBytes, at: At.dataBytes)
    packet.store(resume, at: At.resume)
    packet.store(recordBytesMax, at: At.recordBytesMax)
    packet.store(fieldsMax, at: At.fieldsMax)
    packet.store(droppedTaken, at: At.droppedTaken)
    packet.store(controlOffset, at: At.controlOffset)
    return At.bytes
  }

  public static func decode(from packet: RawSpan) throws(HandshakeError) -> Grant {
    typealias At = Layout.Grant
    try Message.grant.check(packet, bytesMin: At.bytes)
    guard packet.byteCount == At.bytes else { throw .length(packet.byteCount) }
    let grant = Grant(
      ring: packet.u64(at: At.ring), dataBytes: packet.u64(at: At.dataBytes),
      resume: packet.u64(at: At.resume), droppedTaken: packet.u64(at: At.droppedTaken),
      recordBytesMax: packet.u32(at: At.recordBytesMax), fieldsMax: packet.u32(at: At.fieldsMax),
      controlOffset: packet.u64(at: At.controlOffset))
    let size = grant.dataBytes
    guard size >= Layout.dataBytesMin, size <= Layout.dataBytesMax, size & (size - 1) == 0 else {
      throw .dataBytes(size)
    }
    guard grant.recordBytesMax >= Layout.Frame.message, UInt64(grant.recordBytesMax) <= size / 2
    else { throw .recordBytesMax(grant.recordBytesMax) }
    guard grant.fieldsMax <= UInt16.max else { throw .fieldsMax(grant.fieldsMax) }
    guard grant.controlOffset % UInt64(Layout.controlBytes) == 0,
      grant.controlOffset <= UInt64(Layout.controlOffsetMax)
    else { throw .controlOffset(grant.controlOffset) }
    return grant
  }
}

/// The daemon's no, after which it closes the connection.
public struct Refuse: Equatable, Sendable {
  /// Kernel error numbers, because a client passes them on as they are.
  public enum Reason: UInt32, Sendable, CaseIterable {
    case noMemory = 12  // ENOMEM
    case protocolError = 71  // EPROTO
    case tooManyClients = 87  // EUSERS
    case version = 93  // EPROTONOSUPPORT
    case stopping = 108  // ESHUTDOWN
  }

  public typealias Text = ShortText<112>
  public static let packetBytesMax = Layout.Refuse.text + 112

  /// The reason as sent: one of ``Reason``, or a number of a later daemon.
  public var errno: UInt32
  /// For a human; cut to 112 bytes.
  public var text: Text

  public init(_ reason: Reason, text: Text) {
    errno = reason.rawValue
    self.text = text
  }

  private init(errno: UInt32, text: Text) {
    self.errno = errno
    self.text = text
  }

  /// Writes the packet and returns its size; `packet` has at least ``packetBytesMax`` bytes.
  public func encode(into packet: inout MutableRawSpan) -> Int {
    typealias At = Layout.Refuse
    Message.refuse.encode(into: &packet)
    packet.store(errno, at: At.errno)
    packet.store(UInt32(text.count), at: At.textBytes)
    text.copy(into: &packet, at: At.text)
    return At.text + text.count
  }

  public static func decode(from packet: RawSpan) throws(HandshakeError) -> Refuse {
    typealias At = Layout.Refuse
    try Message.refuse.check(packet, bytesMin: At.text)
    let textBytes = packet.u32(at: At.textBytes)
    guard packet.byteCount - At.text == Int(textBytes) else { throw .textBytes(textBytes) }
    return Refuse(
      errno: packet.u32(at: At.errno),
      text: Text(cutting: packet.extracting(At.text..<packet.byteCount)))
  }
}

/// The eight bytes that begin every message but the doorbell.
public enum Message: UInt16, Sendable {
  case hello = 1
  case grant, refuse

  /// What the packet says it is, without a look at the rest; nil for anything else.
  public static func type(of packet: RawSpan) -> Message? {
    guard packet.byteCount >= Layout.Message.bytes,
      packet.u32(at: Layout.Message.magic) == Layout.Magic.message
    else { return nil }
    return Message(rawValue: packet.u16(at: Layout.Message.type))
  }

  func encode(into packet: inout MutableRawSpan) {
    packet.store(Layout.Magic.message, at: Layout.Message.magic)
    packet.store(Layout.version, at: Layout.Message.version)
    packet.store(rawValue, at: Layout.Message.type)
  }

  /// Magic, version and type first, so that a stranger of another version is told so even if its
  /// message has another length.
  func check(_ packet: RawSpan, bytesMin: Int) throws(HandshakeError) {
    guard packet.byteCount >= Layout.Message.bytes else { throw .length(packet.byteCount) }
    let magic = packet.u32(at: Layout.Message.magic)
    guard magic == Layout.Magic.message else { throw .magic(magic) }
    let version = packet.u16(at: Layout.Message.version)
    guard version == Layout.version else { throw .version(version) }
    let type = packet.u16(at: Layout.Message.type)
    guard type == rawValue else { throw .type(type) }
    guard packet.byteCount >= bytesMin else { throw .length(packet.byteCount) }
  }
}
