internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A packet of a bag: what ``StoredClient`` says of some clients, one behind the other, and their
/// descriptors in the same order.
struct BagPacket {
  /// The clients, each with descriptors of the caller's own.
  typealias Content = [(client: StoredClient, descriptors: ArraySlice<Int32>)]

  private(set) var rings: [UInt64] = []
  private(set) var descriptors: [Int32] = []
  private var bytes: [UInt8] = []

  static let clientsMax = 32
  private static let descriptorsMax = 2 * clientsMax
  private static let bytesMax = clientsMax * StoredClient.packetBytesMax

  /// The descriptors stay the caller's.
  mutating func add(_ client: StoredClient, _ descriptors: some Sequence<Int32>) {
    var buffer = InlineArray<160, UInt8>(repeating: 0)
    var span = buffer.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var room = unsafe span.mutableBytes
    let count = client.encode(into: &room)
    for index in 0..<count { bytes.append(buffer[index]) }
    rings.append(client.ring)
    self.descriptors += descriptors
  }

  /// Never blocks: EAGAIN when the queue has no room.
  func send(to socket: borrowing Descriptor) throws(Errno) {
    try socket.send(bytes.span, with: descriptors)
  }

  /// What the next packet that was not looked at holds; nil when there is none. Of one that no daemon of
  /// ours has sent nothing.
  static func peek(_ socket: borrowing Descriptor) throws(Errno) -> Content? {
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    var descriptors = [Int32](repeating: -1, count: descriptorsMax)
    var count = Int32(descriptorsMax)
    // SAFETY: the sizes are those of the buffers.
    let received = unsafe clinux_peek_fds(
      socket.raw, &bytes, UInt64(bytesMax), &descriptors, &count)
    if received == -Int64(EAGAIN) { return nil }
    let length: Int = received == -Int64(EMSGSIZE) ? 0 : try check(received)
    descriptors.removeLast(descriptorsMax - Int(count))
    // SAFETY: bytes have no padding.
    return unsafe decode(bytes.span.bytes.extracting(0..<length), descriptors[...])
  }

  private static func decode(
    _ bytes: RawSpan, _ descriptors: ArraySlice<Int32>
  ) -> Content {
    var clients: Content = []
    var rest = descriptors
    var at = 0
    while let client = StoredClient.decode(from: bytes, at: &at),
      client.kind.descriptorCount <= rest.count
    {
      clients.append((client, rest.prefix(client.kind.descriptorCount)))
      rest = rest.dropFirst(client.kind.descriptorCount)
    }
    for descriptor in rest { _ = clinux_close(descriptor) }
    return clients
  }
}
