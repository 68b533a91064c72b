internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// A client that can do everything wrong: speaks the protocol by hand, from Protocol.md.
final class RawClient {
  let socket: Descriptor
  private(set) var grant: Grant?
  private var data: Mapping?
  private var dataFile: Int32 = -1
  private var control: Mapping?
  private var head: UInt64 = 0

  deinit { if dataFile >= 0 { _ = clinux_close(dataFile) } }

  /// Connects, says nothing.
  init(_ place: Place) throws {
    socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_SEQPACKET.rawValue))))
    let path = "\(place.runtimeDirectory)/native.sock"
    _ = try check(unsafe clinux_connect(socket.raw, path))
  }

  /// Connects and is granted a ring.
  convenience init(_ place: Place, ident: StaticString) throws {
    try self.init(place)
    try hello(ident: ident)
  }

  /// Waits while the daemon has not taken what was sent before.
  func send(_ bytes: [UInt8], with descriptors: [Int32] = []) throws(Errno) {
    var result: Int64
    repeat {
      _ = clinux_poll(socket.raw, 4, 10_000)
      result = unsafe clinux_send_fds(
        socket.raw, bytes, UInt64(bytes.count), descriptors, Int32(descriptors.count))
    } while result == -Int64(EAGAIN)
    _ = try check(result)
  }

  static func hello(ident: StaticString, ringBytes: UInt64 = 0) -> [UInt8] {
    let text = (0..<ident.utf8CodeUnitCount).map { unsafe ident.utf8Start[$0] }
    let hello = Hello(
      ringBytes: ringBytes, clock: Clock.monotonicNanoseconds(),
      ident: Ident(sanitizing: unsafe text.span.bytes))
    var packet = [UInt8](repeating: 0, count: Hello.packetBytesMax)
    var span = packet.mutableSpan
    var bytes = unsafe span.mutableBytes
    let count = hello.encode(into: &bytes)
    return Array(packet[..<count])
  }

  func hello(ident: StaticString) throws {
    try send(Self.hello(ident: ident))
    try takeGrant()
  }

  /// Waits for the answer to a HELLO.
  func takeGrant() throws {
    var packet = [UInt8](repeating: 0, count: 256)
    var numbers: [Int32] = [-1, -1]
    var count: Int32 = 2
    guard clinux_poll(socket.raw, 1, 10_000) > 0 else { throw EndToEndFailure("no answer") }
    let bytes = try check(unsafe clinux_receive_fds(socket.raw, &packet, 256, &numbers, &count))
    packet.removeLast(packet.count - bytes)
    let grant = try Grant.decode(from: unsafe packet.span.bytes)
    dataFile = numbers[0]
    let controlFile = Descriptor(owning: numbers[1])
    data = try Mapping(file: dataFile, byteCount: Layout.headerBytes + Int(grant.dataBytes))
    control = try Mapping(
      readOnlyFile: controlFile.raw, from: Int(grant.controlOffset), byteCount: Layout.controlBytes)
    self.grant = grant
  }

  /// Writes bytes at the head and publishes them; must not reach the end of the data area.
  func publish(_ bytes: [UInt8]) {
    write(bytes)
    head += UInt64(Layout.padded(bytes.count))
    setHead(head)
    bell()
  }

  /// Goes when the ring is at its end.
  func publishWhileThereIsRoom(_ message: String, stamp: UInt64 = Clock.monotonicNanoseconds()) {
    let frame = Self.frame(message, stamp: stamp)
    guard let grant, head + UInt64(Layout.padded(frame.count)) <= grant.dataBytes else {
      return hangUp()
    }
    publish(frame)
  }

  /// Claims to have dropped so many records.
  func claimDropped(_ count: UInt64) { data?.store(Layout.Header.dropped, count) }

  /// Takes the memory of the ring away, and its contents with it.
  func punch() { clinux_punch(dataFile) }

  /// Writes bytes at the head, and leaves it where it is.
  func write(_ bytes: [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      put(byte, at: Layout.headerBytes + Int(head) + index)
    }
  }

  func publish(_ message: String, stamp: UInt64 = Clock.monotonicNanoseconds()) {
    publish(Self.frame(message, stamp: stamp))
  }

  static func frame(_ message: String, severity: UInt8 = 6, stamp: UInt64) -> [UInt8] {
    let text = Array(message.utf8)
    return bytes(UInt32(24 + text.count)) + [severity, 0, 0, 0] + bytes(stamp)
      + bytes(UInt32(text.count)) + bytes(UInt32(0)) + text
  }

  private static func bytes<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> Word($0 * 8)) }
  }

  private func put(_ byte: UInt8, at offset: Int) {
    let word = offset & ~7
    guard let old = data?.load(word) else { return }
    let shift = UInt64(offset & 7) * 8
    data?.store(word, old & ~(0xFF << shift) | UInt64(byte) << shift)
  }

  func setHead(_ head: UInt64, check: UInt64? = nil) {
    data?.store(Layout.Header.headCheck, check ?? ~head)
    data?.store(Layout.Header.head, head)
  }

  /// A hang-up in between is found out by those who wait for something.
  func bell() { try? send([Layout.bell]) }

  var tail: UInt64 { control?.load(Layout.Control.tail) ?? 0 }

  var sleep: SleepWord { SleepWord(rawValue: control?.load32(Layout.Control.sleep) ?? 0) }

  var isDrained: Bool { tail == head }

  /// Ends the connection, as the death of the process would.
  func hangUp() { _ = shutdown(socket.raw, Int32(SHUT_RDWR)) }

  /// Whether the daemon has closed the connection.
  var isHungUp: Bool { clinux_poll(socket.raw, 0, 0) & 16 != 0 }
}
