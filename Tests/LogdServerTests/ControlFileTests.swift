import CLinux
import Glibc
import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

@Suite struct `A file of control blocks` {
  private static let sizes = [ControlFile.blockCountLeast, ControlFile.blockCountMax]

  private func files(
    _ count: Int, of blockCount: Int = ControlFile.blockCountMax
  ) throws -> (ControlFile, [ControlBlock]) {
    let file = try ControlFile(id: 1, uid: 2, blockCount: blockCount)
    let blocks = (0..<count).map {
      file.grant(ring: UInt64(100 + $0), dataBytes: 4096, severity: .info)
    }
    return (file, blocks)
  }

  @Test(arguments: sizes) func `grants each block once, also when rings have left`(
    blockCount: Int
  ) throws {
    let (file, blocks) = try files(blockCount - 1, of: blockCount)
    for _ in blocks { file.join() }
    for _ in blocks { file.leave() }
    #expect(file.isUnused && !file.isFull)
    let last = file.grant(ring: 200, dataBytes: 4096, severity: .info)
    #expect(file.isFull)
    let offsets = Set((blocks + [last]).map(\.offset))
    #expect(offsets.count == blockCount)
    // Who was let go reads what it was told last.
    #expect(blocks[0].load(Layout.Control.ring) == 100)
  }

  @Test func `what one ring is told is in no other block`() throws {
    let (_, blocks) = try files(3)
    blocks[1].store(Layout.Control.tail, 77)
    blocks[1].store32(Layout.Control.sleep, 5)
    #expect(blocks.map { $0.load(Layout.Control.tail) } == [0, 77, 0])
    #expect(blocks.map { $0.load32(Layout.Control.sleep) } == [0, 5, 0])
    #expect(blocks.map { $0.load32(Layout.Control.severity) } == [6, 6, 6])
  }

  @Test func `a client can neither write nor resize it`() throws {
    let (file, _) = try files(1)
    let own = try file.forClient(try Reopening())
    #expect(fcntl(own.raw, F_GETFL) & O_ACCMODE == O_RDONLY)
    #expect(unsafe clinux_map(own.raw, 0, 4096, true) == nil)
    #expect(ftruncate(file.file.raw, 4096) != 0 && ftruncate(file.file.raw, 1 << 20) != 0)
  }

  @Test(arguments: sizes)
  func `the next daemon finds the block of each ring, and takes no other for it`(
    blockCount: Int
  ) throws {
    let (file, blocks) = try files(3, of: blockCount)
    blocks[2].store(Layout.Control.tail, 4000)
    let next = try ControlFile(id: 1, uid: 2, inherited: Descriptor(owning: dup(file.file.raw)))
    #expect(next.isFull && next.isKept)
    let block = try next.block(at: UInt64(blocks[2].offset), ring: 102, dataBytes: 4096)
    #expect(ControlWords(block).end.tail == 4000)
    for (offset, ring, bytes) in [
      (4096, 102, 4096), (8192, 101, 4096), (8192, 102, 8192), (8193, 102, 4096),
      (UInt64(blockCount) * 4096, 102, 4096), (.max, 102, 4096), (3 * 4096, 103, 4096),
    ] as [(UInt64, UInt64, Int)] {
      #expect(throws: Errno(EINVAL), "\(offset) \(ring) \(bytes)") {
        _ = try next.block(at: offset, ring: ring, dataBytes: bytes)
      }
    }
  }

  /// With the first client that goes by it, and out with the last.
  @Test func `is in a bag as long as a ring goes by it`() throws {
    let shelf = BagShelf(inherited: [])
    var sockets: [Int32] = []
    try shelf.fill(for: 4) { (socket) throws(Errno) in sockets.append(dup(socket)) }
    defer { for socket in sockets { close(socket) } }
    func kinds() throws -> [StoredClient.Kind] {
      var kinds: [StoredClient.Kind] = []
      try BagShelf(inherited: sockets.map { Bag(inherited: Descriptor(owning: dup($0))) })
        .unpack(expecting: 4) { kinds += $0.map(\.stored.kind) }
      return kinds
    }

    let killed = try KilledDaemon()
    let parts = try killed.restart(shelf: shelf)
    let registry = parts.registry
    var pairs: [[Int32]] = []
    for _ in 0..<2 {
      var pair: [Int32] = [-1, -1]
      _ = try check(unsafe clinux_socketpair(Int32(CLINUX_SEQPACKET.rawValue), &pair))
      pairs.append(pair)
    }
    defer { for pair in pairs { close(pair[1]) } }
    func isNew(_ client: NativeClient) -> Bool {
      if case .awaitingHello = client.state { true } else { false }
    }
    func enter(_ pair: [Int32]) {
      registry.welcome(Descriptor(owning: pair[0]))
      let hello = Hello(
        ringBytes: 0, clock: Clock.monotonicNanoseconds(), ident: Ident("worker"))
      for client in Array(registry.all) where isNew(client) { registry.greet(client, hello) }
    }
    func leave(_ pair: [Int32]) {
      for client in Array(registry.all) where client.socket.raw == pair[0] {
        registry.hangUp(client)
      }
      for _ in 0..<4 { _ = parts.writer.turn() }
    }
    var seen: [Result<[StoredClient.Kind], any Error>] = []
    func look() { seen.append(Result { try kinds() }) }
    // What is released is heard of between two steps.
    try parts.run([
      { enter(pairs[0]) }, { enter(pairs[1]) }, look, { leave(pairs[0]) }, look,
      { leave(pairs[1]) }, look,
    ])
    #expect(try seen[0].get() == [.controlFile, .native, .native])
    #expect(try seen[1].get().contains(.controlFile) && seen[1].get().contains(.native))
    #expect(try seen[2].get().isEmpty)
  }

  /// Its packet was still behind a living one when the daemon died.
  @Test func `that has gone is that of a client that has ended, and no loss`() throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart(without: .controlFile)
    parts.flush()
    #expect(parts.registry.allRings.allSatisfy { $0.room != nil } && parts.registry.count == 0)
    #expect(try !killed.lines().contains { $0.contains("lost") })
  }

  /// Of a small one less is kept for the last client that goes by it.
  @Test func `is small as long as most blocks belong to nobody`() throws {
    let registry = try KilledDaemon().restart().registry
    let slot = try #require(registry.controlFiles.firstIndex { $0 != nil })
    #expect(registry.controlFiles[slot]?.blockCount == ControlFile.blockCountMax)
    #expect(registry.controlBlockCount == ControlFile.blockCountMax)
    let next = try registry.controlFile(for: 1)
    #expect(next.blockCount == ControlFile.blockCountLeast)
    let free = try #require(registry.takeFreeSlot())
    registry.join(next, slot: free)
    #expect(registry.controlBlockCount == ControlFile.blockCountMax + ControlFile.blockCountLeast)
    registry.leaveControlFile(slot: slot)
    registry.leaveControlFile(slot: free)
    #expect(registry.controlBlockCount == 0)
    #expect(try registry.controlFile(for: 1).blockCount == ControlFile.blockCountMax)
  }

  @Test(arguments: [0, 100, 4097, (ControlFile.blockCountMax + 1) * 4096, 1 << 20])
  func `another size is no file of them`(byteCount: Int) throws {
    let other = Descriptor(owning: try check(unsafe clinux_memfd("other")))
    ftruncate(other.raw, byteCount)
    #expect(throws: Errno(EINVAL)) {
      _ = try ControlFile(id: 1, uid: 2, inherited: Descriptor(owning: dup(other.raw)))
    }
  }
}
