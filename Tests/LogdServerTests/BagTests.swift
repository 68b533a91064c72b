import CLinux
import Glibc
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdServer

/// Clients made of pipes: what a bag keeps are descriptors, whatever they are.
@Suite struct `A bag` {
  private static func client(_ ring: UInt64) -> StoredClient {
    let name = Array("worker".utf8)
    return StoredClient(
      ring: ring, oldRing: ring + 1, dataBytes: 1 << 20, clockOffset: -5, connectedAt: 7, pid: 11,
      uid: 12, gid: 13, recordBytesMax: 14, fieldsMax: 15, controlFile: 16, controlOffset: 17,
      ident: unsafe Ident(sanitizing: name.span.bytes))
  }

  /// Two descriptors to put in, closed afterwards: the bag has its own.
  private static func put(_ ring: UInt64, on shelf: BagShelf) throws {
    let file = try FileContents.open("/dev/null")
    try shelf.put(client(ring), [file.raw, file.raw])
  }

  private static func shelf(bags: Int) throws -> (BagShelf, stored: [Int32]) {
    let shelf = BagShelf(inherited: [])
    var stored: [Int32] = []
    try shelf.fill(for: (bags - 1) * Bag.clientsLeast / 2) { (socket) throws(Errno) in
      stored.append(fcntl(socket, F_DUPFD_CLOEXEC, 0))
    }
    return (shelf, stored)
  }

  /// What the next daemon finds.
  private static func inherit(_ stored: [Int32]) throws -> (BagShelf, [StoredClient]) {
    let copies = stored.map { Bag(inherited: Descriptor(owning: fcntl($0, F_DUPFD_CLOEXEC, 0))) }
    let shelf = BagShelf(inherited: copies)
    var found: [StoredClient] = []
    try shelf.unpack(expecting: 0) { found += $0.map(\.stored) }
    return (shelf, found)
  }

  @Test func `a client comes out as it was put in, as often as somebody looks`() throws {
    let (shelf, stored) = try Self.shelf(bags: 2)
    defer { for socket in stored { close(socket) } }
    try Self.put(42, on: shelf)
    for _ in 0..<3 {
      let (_, found) = try Self.inherit(stored)
      #expect(found == [Self.client(42)])
    }
  }

  /// The next daemon may be needed at any moment: all that live are in there, once.
  @Test(arguments: [1, 2, 0x5eed] as [UInt64])
  func `clients come and go, and at each moment all that live are found`(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    var (shelf, stored) = try Self.shelf(bags: 3)
    defer { for socket in stored { close(socket) } }
    var living: [UInt64] = []
    var ring: UInt64 = 0
    for round in 0..<2000 {
      if living.count < 2 * Bag.clientsLeast,
        Int.random(in: 0..<100, using: &random) < 55 || living.isEmpty
      {
        ring += 1
        try Self.put(ring, on: shelf)
        living.append(ring)
      } else {
        let index = Int.random(in: 0..<living.count, using: &random)
        shelf.forget(living.remove(at: index))
      }
      if round % 97 == 0 {
        let (next, found) = try Self.inherit(stored)
        #expect(Set(found.map(\.ring)).isSuperset(of: living))
        // The dead are known by the ledger; here they are told apart by the model.
        for client in found where !living.contains(client.ring) { next.forget(client.ring) }
        shelf = next
      }
    }
    for ring in living { shelf.forget(ring) }
    let (_, rest) = try Self.inherit(stored)
    #expect(rest.isEmpty, "a bag whose clients are gone is empty")
  }

  @Test func `one that stays does not keep those that go`() throws {
    let (shelf, stored) = try Self.shelf(bags: 2)
    defer { for socket in stored { close(socket) } }
    try Self.put(1, on: shelf)
    for ring in 2...5000 {
      try Self.put(UInt64(ring), on: shelf)
      shelf.forget(UInt64(ring))
    }
    let (_, found) = try Self.inherit(stored)
    #expect(found.count < 40 && found.contains { $0.ring == 1 }, "\(found.count)")
  }

  /// Each packet costs the next daemon more than the clients in it.
  @Test func `a full bag is packed, and its clients stay in their order`() throws {
    let (shelf, stored) = try Self.shelf(bags: 1)
    defer { for socket in stored { close(socket) } }
    for ring in 1...Bag.clientsMax { try Self.put(UInt64(ring), on: shelf) }
    let copy = Descriptor(owning: fcntl(stored[0], F_DUPFD_CLOEXEC, 0))
    _ = try check(clinux_peek_from_start(copy.raw))
    var counts: [Int] = []
    while let packet = try BagPacket.peek(copy) {
      counts.append(packet.count)
      for each in packet.flatMap(\.descriptors) { close(each) }
    }
    #expect(counts == [32, 32, 32, 32])
    let (next, found) = try Self.inherit(stored)
    #expect(found.map(\.ring) == (1...UInt64(Bag.clientsMax)).map { $0 })
    // Of some packets one client stays: nobody keeps those who go.
    for ring in found.map(\.ring) where ring % 32 != 5 { next.forget(ring) }
    let (_, rest) = try Self.inherit(stored)
    #expect(rest.count <= 16 && Set(rest.map(\.ring)).isSuperset(of: [5, 37, 69, 101]))
  }

  @Test func `a packet that no daemon has sent is overlooked`() throws {
    let (shelf, stored) = try Self.shelf(bags: 1)
    defer { for socket in stored { close(socket) } }
    try Self.put(1, on: shelf)
    for count in [0, 1, 300, 9000] {
      let bytes = [UInt8](repeating: 7, count: count)
      _ = unsafe clinux_send_fds(stored[0], bytes, UInt64(bytes.count), nil, 0)
    }
    try Self.put(2, on: shelf)
    let (_, found) = try Self.inherit(stored)
    #expect(found.map(\.ring) == [1, 2])
  }

  @Test func `full bags say so`() throws {
    let (shelf, stored) = try Self.shelf(bags: 1)
    defer { for socket in stored { close(socket) } }
    for ring in 1...Bag.clientsMax { try Self.put(UInt64(ring), on: shelf) }
    #expect(throws: Errno(EAGAIN)) { try Self.put(1000, on: shelf) }
    // Those who went are in there until a quarter has.
    for ring in 1...Bag.clientsMax / 4 + 1 { shelf.forget(UInt64(ring)) }
    try Self.put(1001, on: shelf)
  }
}
