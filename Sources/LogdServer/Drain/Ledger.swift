// The ledger: what a batch does to the file and to the rings, noted before it is done.
//
// A mapped, allocated file in the runtime directory, so that it survives the daemon. The writer
// formats lines straight into its batch area. A commit is
//
//   1. note: the file's identity, offset and length; the new tail of every ring in the batch; the
//      counters as they will be; then the mark "pending"
//   2. write the batch to the file
//   3. publish the tails to the rings, move them to the table, clear the mark
//
// Layout (version 1; u64 unless said otherwise)
//      0  u32 magic "LGDB", u32 version          64  mark: 0 clear, 1 pending
//      8  slots in the table                     72  file: device, inode, offset, batch length
//     16  batch area: offset, capacity          104  count of rings in the batch
//     32  next ring id                          128  counters, committed (12 words)
//                                               256  counters with the batch (12 words)
//   4096  table: a slot of 64 bytes each: ring id (0: free), tail, tail with the batch
//      …  list of the slots in the batch, u32 each; then the batch area, page-aligned

internal import Glibc
internal import LogdPlatform

/// The mapped ledger. Belongs to the writer thread; the ring table is written by nobody else.
final class Ledger {
  private let memory: Mapping
  private let file: Descriptor
  private let slotCount: Int
  private let listOffset: Int
  private let batchOffset: Int
  let batchCapacity: Int

  private enum At {
    static let magic = 0
    static let version = 4
    static let slots = 8
    static let batchOffset = 16
    static let batchCapacity = 24
    static let mark = 64
    static let device = 72
    static let inode = 80
    static let offset = 88
    static let length = 96
    static let ringCount = 104
    static let counters = 128
    static let countersWithBatch = 256
    static let table = 4096
    static let slotBytes = 64
    static let slotTail = 8
    static let slotTailWithBatch = 16
  }
  private static let magic: UInt32 = 0x4244_474C
  private static let version: UInt32 = 1

  /// Makes a fresh ledger at `path`, which is already open and locked as `file`.
  init(_ file: consuming Descriptor, slotCount: Int, batchCapacity: Int) throws(Errno) {
    let page = 4096
    self.slotCount = slotCount
    listOffset = At.table + slotCount * At.slotBytes
    batchOffset = (listOffset + slotCount * 4 + page - 1) / page * page
    self.batchCapacity = batchCapacity
    let byteCount = batchOffset + batchCapacity + page
    guard ftruncate(file.raw, 0) == 0 else { throw Errno.current }
    // Allocated, not sparse: a full tmpfs says ENOSPC here instead of SIGBUS later.
    let result = posix_fallocate(file.raw, 0, byteCount)
    guard result == 0 else { throw Errno(result) }
    memory = try Mapping(file: file.raw, byteCount: byteCount)
    self.file = file
    memory.store32(At.version, Self.version)
    memory.store(At.slots, UInt64(slotCount))
    memory.store(At.batchOffset, UInt64(batchOffset))
    memory.store(At.batchCapacity, UInt64(batchCapacity))
    memory.store32(At.magic, Self.magic)
  }

  /// The batch area, to format lines into. Lives as long as the ledger.
  func makeBatch() -> LineBuffer { memory.lineBuffer(batchOffset, capacity: batchCapacity) }

  func writeBatch(from start: Int, upTo end: Int, to descriptor: Int32) throws(Errno) -> Int {
    try memory.write(batchOffset + start, byteCount: end - start, to: descriptor)
  }

  // MARK: the table

  func enter(_ ring: Ring) {
    let at = slot(ring.slot)
    memory.store(at + At.slotTail, ring.tail)
    memory.store(at + At.slotTailWithBatch, ring.tail)
    memory.store(at, ring.id)
  }

  func remove(_ ring: Ring) { memory.store(slot(ring.slot), 0) }

  private func slot(_ index: Int) -> Int {
    precondition(index < slotCount, "a ring has a slot in the table")
    return At.table + index * At.slotBytes
  }

  // MARK: the commit

  /// Step 1. After it the batch is done by whoever finds the ledger.
  func note(file: LogFile.Identity, offset: UInt64, length: Int, rings: [Ring], _ after: Counters) {
    memory.store(At.device, file.device)
    memory.store(At.inode, file.inode)
    memory.store(At.offset, offset)
    memory.store(At.length, UInt64(length))
    for (index, ring) in rings.enumerated() {
      memory.store(slot(ring.slot) + At.slotTailWithBatch, ring.consumed)
      memory.store32(listOffset + index * 4, UInt32(ring.slot))
    }
    memory.store(At.ringCount, UInt64(rings.count))
    store(after, at: At.countersWithBatch)
    memory.store(At.mark, 1)
  }

  /// Step 3, after the tails were published.
  func clear(rings: [Ring], _ after: Counters) {
    for ring in rings { memory.store(slot(ring.slot) + At.slotTail, ring.tail) }
    store(after, at: At.counters)
    memory.store(At.mark, 0)
  }

  private func store(_ counters: Counters, at offset: Int) {
    memory.store(offset, counters.received)
    memory.store(offset + 8, counters.written)
    memory.store(offset + 16, counters.dropped)
    memory.store(offset + 24, counters.handedOff)
    memory.store(offset + 32, counters.bytesWritten)
    memory.store(offset + 40, counters.batches)
    memory.store(offset + 48, counters.late)
    memory.store(offset + 56, counters.droppedByProducers)
  }
}
