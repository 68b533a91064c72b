import Glibc
import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

@Suite struct `The ledger` {
  private let place = TemporaryLog()
  private var path: String { "\(place.directory)/ledger" }

  private func open(slots: Int, batch: Int = 1 << 16) throws -> Ledger {
    let fd = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    return try Ledger(Descriptor(owning: try check(fd)), slotCount: slots, batchCapacity: batch)
  }

  private func ring(_ id: UInt64, slot: Int, tail: UInt64) throws -> LogdServer.Ring {
    let ident = unsafe Ident(sanitizing: Array("worker".utf8).span.bytes)
    let ring = LogdServer.Ring(
      id: id, slot: slot, peer: Peer(pid: 1, uid: 2, gid: 3, ident: ident), format: .text,
      dataBytes: 1 << 17, clockOffset: 0,
      files: try RingFiles(id: id, dataBytes: 1 << 17))
    ring.resume(at: RingEnd(tail: tail, droppedTaken: 5))
    return ring
  }

  @Test func `a daemon with other limits finds what the one before it wrote`() throws {
    do {
      let ledger = try open(slots: 4)
      #expect(!ledger.wasThere)
      ledger.enter(try ring(77, slot: 3, tail: 4096))
    }
    let ledger = try open(slots: 100, batch: 1 << 20)
    #expect(ledger.wasThere && ledger.slotCount == 4)
    let entry = try #require(ledger.entries.first)
    #expect(entry.ring == 77 && entry.slot == 3 && !entry.hasEnded)
    #expect(entry.end == RingEnd(tail: 4096, droppedTaken: 5))
  }

  @Test func `a larger one takes its place with everything in it`() throws {
    let small = try open(slots: 4)
    let gone = try ring(77, slot: 1, tail: 8)
    small.enter(gone)
    small.enter(try ring(78, slot: 2, tail: 16))
    small.end(gone)
    var counters = Counters()
    (counters.received, counters.written) = (9, 9)
    small.clear(rings: [], lastKey: 5, counters)
    _ = try small.enlarged(path: path, slotCount: 5000, batchCapacity: 1 << 21)
    let ledger = try open(slots: 1)
    #expect(ledger.slotCount == 5000 && ledger.batchCapacity == 1 << 21)
    #expect(ledger.counters == counters)
    #expect(ledger.lastKey(4) == nil && ledger.lastKey(5) == 5)
    #expect(ledger.entries.map(\.ring) == [77, 78])
    #expect(ledger.entries.map(\.hasEnded) == [true, false])
  }

  @Test func `what is no ledger is made anew`() throws {
    place.append(String(repeating: "not a ledger ", count: 1000), to: path)
    let ledger = try open(slots: 4)
    #expect(!ledger.wasThere && ledger.entries.isEmpty && ledger.pending == nil)
  }

  /// A header that lies about its size is not followed.
  @Test func `a damaged head is made anew`() throws {
    _ = try open(slots: 4)
    let fd = unsafe Glibc.open(path, O_RDWR)
    var lie: UInt64 = 1 << 20
    _ = unsafe pwrite(fd, &lie, 8, 8)
    close(fd)
    let ledger = try open(slots: 4)
    #expect(!ledger.wasThere && ledger.slotCount == 4)
  }
}
