// A bag: what keeps rings and connections alive while there is no daemon.
//
// A datagram socket that is connected to itself. Each packet in its queue holds one client: what
// ``StoredClient`` says, and the descriptors of its ring and its connection; or a control file. The kernel
// keeps them as long as somebody holds the socket: the service manager does.
//
// Packets can be taken from the front only. So the bag turns: while its front is of a client that
// has gone it is taken away, and when more than a quarter of the bag is, a living front is put in
// again at the back and then taken away. At each instant every living client is in there at least once;
// a daemon that was killed in between leaves one twice, and the next one overlooks the second.
//
// Faults tolerated: killed between any two calls; a queue without room (EAGAIN), more descriptors
// in flight than RLIMIT_NOFILE allows (ETOOMANYREFS, unix(7)): the client is refused.

internal import CLinux
internal import Glibc
internal import LogdPlatform

/// One socket full of clients. On the I/O thread; nothing here blocks.
final class Bag {
  let socket: Descriptor
  /// What lies in the queue, from `front` on.
  private var packets: [(ring: UInt64, isLive: Bool)] = []
  private var front = 0
  private var liveCount = 0

  /// So many packets of the largest size fit a socket's default buffer, with some to turn.
  static let clientsMax = 128
  /// A full bag holds at least so many living ones.
  static let clientsLeast = clientsMax * 3 / 4
  private static let packetsToTurn = 16

  init() throws(Errno) { socket = Descriptor(owning: try check(clinux_socket_to_self())) }

  /// A bag that an earlier daemon filled; ``unpack(_:)`` looks into it.
  init(inherited: consuming Descriptor) { socket = inherited }

  var hasRoom: Bool { packetCount < Self.clientsMax }
  private var packetCount: Int { packets.count - front }

  /// From here on the client survives this process.
  func put(_ client: StoredClient, _ descriptors: [Int32]) throws(Errno) {
    var packet = InlineArray<160, UInt8>(repeating: 0)
    var span = packet.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var bytes = unsafe span.mutableBytes
    let count = client.encode(into: &bytes)
    try socket.send(packet, count: count, with: descriptors)
    packets.append((client.ring, true))
    liveCount += 1
  }

  /// The client has gone and its ring is drained.
  func forget(_ ring: UInt64) {
    guard let index = packets[front...].firstIndex(where: { $0.ring == ring && $0.isLive }) else {
      return
    }
    packets[index].isLive = false
    liveCount -= 1
    removeDeadFront()
    while packetCount > Self.packetsToTurn, liveCount * 4 < packetCount * 3 {
      do throws(Errno) {
        try turn()
      } catch {
        return  // without room to turn the dead stay a while longer
      }
      removeDeadFront()
    }
  }

  private func removeDeadFront() {
    while front < packets.count, !packets[front].isLive { removeFront() }
    if front == packets.count {
      packets.removeAll(keepingCapacity: true)
      front = 0
    }
  }

  /// The kernel closes the descriptors in it.
  private func removeFront() {
    var byte: UInt8 = 0
    // SAFETY: one byte; that the packet is longer does not matter. The queue is ours alone.
    unsafe _ = clinux_receive(socket.raw, &byte, 1, false)
    front += 1
    if front >= Self.clientsMax {
      packets.removeFirst(front)
      front = 0
    }
  }

  /// Puts the living front in again at the back, then takes it away from the front.
  private func turn() throws(Errno) {
    _ = try check(clinux_peek_from_start(socket.raw))
    guard let packet = try peek() else { return }
    defer { packet.close() }
    try socket.send(packet.bytes, count: packet.count, with: packet.descriptors)
    packets.append(packets[front])
    removeFront()
  }

  /// Has a look at everything in a bag that was inherited, without taking it out. `keep` owns what
  /// it is given, and says whether the client is living and was not seen before.
  func unpack(_ keep: (KeptClient) -> Bool) throws(Errno) {
    _ = try check(clinux_peek_from_start(socket.raw))
    while let packet = try peek() {
      var isLive = false
      var ring: UInt64 = 0
      // SAFETY: bytes have no padding.
      let bytes = unsafe packet.bytes.span.bytes.extracting(0..<packet.count)
      if let client = StoredClient.decode(from: bytes),
        packet.descriptors.count == client.kind.descriptorCount
      {
        ring = client.ring
        isLive = keep(KeptClient(client, packet.descriptors))
      } else {
        packet.close()
      }
      packets.append((ring, isLive))
      if isLive { liveCount += 1 }
    }
    removeDeadFront()
  }

  private struct Packet {
    let bytes: InlineArray<160, UInt8>
    let count: Int
    let descriptors: [Int32]

    func close() { for descriptor in descriptors { _ = clinux_close(descriptor) } }
  }

  /// The next packet that was not looked at; nil when there is none.
  private func peek() throws(Errno) -> Packet? {
    var bytes = InlineArray<160, UInt8>(repeating: 0)
    var descriptors: [Int32] = [-1, -1]
    var count: Int32 = 2
    var span = bytes.mutableSpan
    // SAFETY: the sizes are those of the buffers.
    let received = unsafe span.withUnsafeMutableBufferPointer { buffer in
      unsafe clinux_peek_fds(
        socket.raw, buffer.baseAddress, UInt64(buffer.count), &descriptors, &count)
    }
    if received == -Int64(EAGAIN) { return nil }
    // A packet that no daemon of ours has sent: too long. It is peeked past, and has no client.
    let length: Int = received == -Int64(EMSGSIZE) ? 0 : try check(received)
    return Packet(bytes: bytes, count: length, descriptors: Array(descriptors.prefix(Int(count))))
  }
}
