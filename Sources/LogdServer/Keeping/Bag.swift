// A bag: what keeps rings and connections alive while there is no daemon.
//
// A datagram socket that is connected to itself. Each packet in its queue holds some clients: what
// ``StoredClient`` says of one after the other, and the descriptors of their rings and connections; or a
// control file in the place of a client. The kernel keeps them as long as somebody holds the socket: the
// service manager does.
//
// A client that comes is a packet of its own. Packets can be taken from the front only. So the bag is
// packed now and then: those who live are put in again at the back, many in a packet, which is what the
// next daemon is quick with, and the packets that they were in are taken away from the front. At each
// instant every living client is in there at least once; a daemon that was killed in between leaves some
// twice, and the next one overlooks the second.
//
// Faults tolerated: killed between any two calls; a queue without room (EAGAIN), more descriptors
// in flight than RLIMIT_NOFILE allows (ETOOMANYREFS, unix(7)): the client is refused.

internal import CLinux
internal import Glibc
internal import LogdPlatform

/// One socket full of clients. On the I/O thread; nothing here blocks.
final class Bag {
  let socket: Descriptor
  /// What lies in the queue: of each packet how many clients, and the rings of those that live.
  private var packets: [(count: Int, living: [UInt64])] = []
  private var clientCount = 0
  private var livingCount = 0

  /// So many packets of one client fit a socket's default buffer, with some to pack.
  static let clientsMax = 128
  /// A full bag holds at least so many living ones.
  static let clientsLeast = clientsMax * 3 / 4
  private static let clientsToPack = 16

  init() throws(Errno) { socket = Descriptor(owning: try check(clinux_socket_to_self())) }

  /// A bag that an earlier daemon filled; see ``look()`` and ``unpack(_:_:)``.
  init(inherited: consuming Descriptor) { socket = inherited }

  var hasRoom: Bool { clientCount < Self.clientsMax }

  /// From here on the client survives this process.
  func put(_ client: StoredClient, _ descriptors: [Int32]) throws(Errno) {
    var packet = BagPacket()
    packet.add(client, descriptors)
    try send(packet)
    if !hasRoom || packets.count >= 2 * BagPacket.clientsMax { pack() }
  }

  /// The client has gone and its ring is drained.
  func forget(_ ring: UInt64) {
    for index in packets.indices {
      guard let place = packets[index].living.firstIndex(of: ring) else { continue }
      packets[index].living.remove(at: place)
      livingCount -= 1
      removeFront(packets.prefix { $0.living.isEmpty }.count)
      if clientCount > Self.clientsToPack, livingCount * 4 < clientCount * 3 { pack() }
      return
    }
  }

  private func send(_ packet: BagPacket) throws(Errno) {
    try packet.send(to: socket)
    add(packet.rings.count, living: packet.rings)
  }

  private func add(_ count: Int, living: [UInt64]) {
    packets.append((count, living))
    clientCount += count
    livingCount += living.count
  }

  /// The kernel closes the descriptors in them.
  private func removeFront(_ count: Int) {
    for packet in packets.prefix(count) {
      socket.takeOutDatagram()
      clientCount -= packet.count
      livingCount -= packet.living.count
    }
    packets.removeFirst(count)
  }

  /// Puts all that live into fewer packets. Without room for that those that are left stay as they are.
  private func pack() {
    var packed = BagPacket()
    /// Of so many packets, from the front on.
    var count = 0
    defer { close(packed) }
    do throws(Errno) {
      _ = try check(clinux_peek_from_start(socket.raw))
      for packet in packets {
        guard let seen = try BagPacket.peek(socket) else { return }
        if packed.rings.count + packet.living.count > BagPacket.clientsMax {
          try replaceFront(count, with: &packed)
          count = 0
        }
        let before = packed.rings.count
        for (client, descriptors) in seen {
          if packet.living.contains(client.ring) {
            packed.add(client, descriptors)
          } else {
            for descriptor in descriptors { _ = clinux_close(descriptor) }
          }
        }
        // Fewer: there was no room for all of the descriptors.
        guard packed.rings.count - before == packet.living.count else { return }
        count += 1
      }
      try replaceFront(count, with: &packed)
    } catch {
      return
    }
  }

  private func replaceFront(_ count: Int, with packed: inout BagPacket) throws(Errno) {
    if !packed.rings.isEmpty { try send(packed) }
    removeFront(count)
    close(packed)
    packed = BagPacket()
  }

  /// Those are copies: what is in the queue is not closed by it.
  private func close(_ packed: BagPacket) {
    for descriptor in packed.descriptors { _ = clinux_close(descriptor) }
  }

  /// What is in a bag that was inherited; it stays in there. On any thread. Throws EMFILE when there are
  /// not descriptors for all; it can be tried again.
  func look() throws(Errno) -> [BagPacket.Content] {
    var packets: [BagPacket.Content] = []
    _ = try check(clinux_peek_from_start(socket.raw))
    do throws(Errno) {
      while let seen = try BagPacket.peek(socket) { packets.append(seen) }
      return packets
    } catch {
      for descriptor in packets.joined().flatMap(\.descriptors) { _ = clinux_close(descriptor) }
      throw error
    }
  }

  /// Takes note of what is in a bag that was inherited. `keep` owns what it is given, and says whether
  /// the client is living and was not seen before.
  func unpack(_ packets: [BagPacket.Content], _ keep: (KeptClient) -> Bool) {
    for seen in packets {
      var living: [UInt64] = []
      for (client, descriptors) in seen where keep(KeptClient(client, descriptors)) {
        living.append(client.ring)
      }
      add(max(seen.count, 1), living: living)
    }
    removeFront(self.packets.prefix { $0.living.isEmpty }.count)
  }
}
