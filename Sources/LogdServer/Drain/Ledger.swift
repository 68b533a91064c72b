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
// A daemon that finds the mark finishes the batch first, see ``LedgerRecovery``.
//
// Layout (version 2; u64 unless said otherwise)
//      0  u32 magic "LGDB", u32 version          64  mark: 0 clear, 1 pending
//      8  slots in the table                     72  batch length
//     16  batch capacity                         80  count of rings in the batch
//                                                88  which of the two places is meant
//     96  largest record, most fields that its rings were granted
//    128  counters, committed (8 words)         256  counters with the batch (8 words)
//    384  the ring that is being read; the one under which the daemon died last; how many times
//    408  the greatest key in the file, CLOCK_MONOTONIC; 0: not known
//    448  two places of 64 bytes: device, inode, birth of a file, offset in it, and the byte of the
//         batch that belongs there
//   4096  table: a slot of 64 bytes each: ring id (0: never used), tail, tail with the batch,
//         drops in the file, drops in the file with the batch, whether the ring has ended
//      …  list of the slots in the batch, u32 each; then the batch area, page-aligned
//
// A slot keeps the id and tail of a ring that has ended until another ring takes it: its client may
// come back and ask how far it was drained.
//
// The file says how large its parts are, so that a daemon with other limits can still finish what
// the one before it began; then it makes a larger one where that is needed, and renames it into
// place.

internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// The mapped ledger. Belongs to the writer thread once that runs.
// SAFETY: used by the main thread at start, then by the writer alone.
final class Ledger: @unchecked Sendable {
  let memory: Mapping
  private let file: Descriptor
  /// Rings that fit in the table.
  let slotCount: Int
  let listOffset: Int
  let batchOffset: Int
  let batchCapacity: Int
  /// Whether an earlier daemon left it, in the same layout.
  let wasThere: Bool
  /// What was wrong with what it left, and has been put right.
  private(set) var damages: [Damage] = []

  enum At {
    static let magic = 0
    static let version = 4
    static let slots = 8
    static let batchCapacity = 16
    static let mark = 64
    static let length = 72
    static let ringCount = 80
    static let place = 88
    static let recordBytesGranted = 96
    static let fieldsGranted = 104
    static let counters = 128
    static let countersWithBatch = 256
    static let suspect = 384
    static let lastKey = 408
    static let places = 448
    static let table = 4096
    static let slotBytes = 64
    static let slotTail = 8
    static let slotTailWithBatch = 16
    static let slotDropped = 24
    static let slotDroppedWithBatch = 32
    static let slotHasEnded = 40
  }
  private static let magic: UInt32 = 0x4244_474C
  private static let version: UInt32 = 2
  private static let page = 4096

  /// The ledger that an earlier daemon left in `file`, whatever it has room for; one of another
  /// layout, or none, is made anew with room for `slotCount` rings and `batchCapacity` bytes.
  ///
  /// The file is locked by the caller. Throws what fstat(2), pwrite(2) or mmap(2) say.
  init(_ file: consuming Descriptor, slotCount: Int, batchCapacity: Int) throws(Errno) {
    if !Self.isKept { guard ftruncate(file.raw, 0) == 0 else { throw Errno.current } }
    let found = try Self.geometry(of: file)
    wasThere = found != nil
    self.slotCount = found?.slots ?? slotCount
    self.batchCapacity = found?.batch ?? batchCapacity
    listOffset = At.table + self.slotCount * At.slotBytes
    batchOffset = Self.batchOffset(slots: self.slotCount)
    let byteCount = Self.byteCount(slots: self.slotCount, batch: self.batchCapacity)
    let isBlank = try Self.isBlank(file)
    if !wasThere { guard ftruncate(file.raw, 0) == 0 else { throw Errno.current } }
    try file.fillHoles(upTo: byteCount)
    memory =
      if Self.isKept { try Mapping(file: file.raw, byteCount: byteCount) } else {
        try Mapping(privateByteCount: byteCount)
      }
    self.file = file
    if wasThere { damages = mend() } else { makeAnew() }
    if !wasThere, !isBlank {
      damages = [
        Damage(
          "its head or its size",
          givenUp: "all of it: counts begin at zero, rings say themselves how far they were "
            + "drained, and a batch of them may be in the file twice")
      ]
    }
  }

  private static func batchOffset(slots: Int) -> Int {
    (At.table + slots * (At.slotBytes + 4) + page - 1) / page * page
  }

  private static func byteCount(slots: Int, batch: Int) -> Int {
    batchOffset(slots: slots) + batch + page
  }

  /// What a ledger of this layout has room for; nil for anything else.
  private static func geometry(
    of file: borrowing Descriptor
  ) throws(Errno) -> (slots: Int, batch: Int)? {
    let size = try FileStatus(of: file).bytes
    guard size >= UInt64(page) else { return nil }
    let head = try Mapping(readOnlyFile: file.raw, byteCount: page)
    guard head.load32(At.magic) == magic, head.load32(At.version) == version else { return nil }
    let slots = head.load(At.slots)
    let batch = head.load(At.batchCapacity)
    guard slots > 0, slots <= 1 << 24, batch > 0, batch <= 1 << 32,
      size == UInt64(byteCount(slots: Int(slots), batch: Int(batch)))
    else { return nil }
    return (Int(slots), Int(batch))
  }

  private static func isBlank(_ file: borrowing Descriptor) throws(Errno) -> Bool {
    let size = try FileStatus(of: file).bytes
    if size < UInt64(page) { return size == 0 }
    return Damage.isBlank(try Mapping(readOnlyFile: file.raw, byteCount: page))
  }

  private func makeAnew() {
    memory.store32(At.version, Self.version)
    memory.store(At.slots, UInt64(slotCount))
    memory.store(At.batchCapacity, UInt64(batchCapacity))
    memory.store32(At.magic, Self.magic)
  }

  /// A ledger with more room and the same contents, in the place of this one, which must have no
  /// batch pending. Killed in here, the next daemon finds the old one or the new one, whole.
  func enlarged(path: String, slotCount: Int, batchCapacity: Int) throws(Errno) -> Ledger {
    precondition(pending == nil && slotCount >= self.slotCount, "the ledger is at rest and grows")
    let temporary = path + ".new"
    let fd = unsafe open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else { throw Errno.current }
    let file = Descriptor(owning: fd)
    guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else { throw Errno.current }
    let larger = try Ledger(file, slotCount: slotCount, batchCapacity: batchCapacity)
    larger.granted = granted
    for offset in stride(from: At.counters, to: At.table, by: 8) {
      larger.memory.store(offset, memory.load(offset))
    }
    for offset in stride(from: At.table, to: listOffset, by: 8) {
      larger.memory.store(offset, memory.load(offset))
    }
    guard unsafe rename(temporary, path) == 0 else { throw Errno.current }
    larger.damages = damages
    return larger
  }

  /// The batch area, to format lines into. Lives as long as the ledger.
  func makeBatch() -> LineBuffer { memory.lineBuffer(batchOffset, capacity: batchCapacity) }

  func writeBatch(from start: Int, upTo end: Int, to descriptor: Int32) throws(Errno) -> Int {
    try memory.write(batchOffset + start, byteCount: end - start, to: descriptor)
  }

  // MARK: the table

  /// A ring that is drained from now on, from where it stands.
  func enter(_ ring: Ring) {
    let at = slot(ring.slot)
    memory.store(at, 0)
    memory.store(at + At.slotTail, ring.tail)
    memory.store(at + At.slotTailWithBatch, ring.tail)
    memory.store(at + At.slotDropped, ring.droppedReported)
    memory.store(at + At.slotDroppedWithBatch, ring.droppedReported)
    memory.store(at + At.slotHasEnded, 0)
    memory.store(at, ring.id)
  }

  /// A ring that is drained and done with: nobody takes it up again.
  func end(_ ring: Ring) { memory.store(slot(ring.slot) + At.slotHasEnded, 1) }

  /// What the table knows of a ring.
  struct Entry {
    let slot: Int
    let ring: UInt64
    let end: RingEnd
    let hasEnded: Bool
  }

  /// A ring of a batch that is pending stands where the batch will leave it: whatever happens, the
  /// batch is finished before anything else is read.
  var entries: [Entry] {
    let isPending = pending != nil
    return (0..<slotCount).compactMap { index in
      let at = slot(index)
      let id = memory.load(at)
      guard id != 0 else { return nil }
      let end = RingEnd(
        tail: memory.load(at + (isPending ? At.slotTailWithBatch : At.slotTail)),
        droppedTaken: memory.load(at + (isPending ? At.slotDroppedWithBatch : At.slotDropped)))
      return Entry(
        slot: index, ring: id, end: end, hasEnded: memory.load(at + At.slotHasEnded) != 0)
    }
  }

  func slot(_ index: Int) -> Int {
    precondition(index < slotCount, "a ring has a slot in the table")
    return At.table + index * At.slotBytes
  }

  /// What no ring in the table was granted more than: set before any is granted more.
  var granted: FrameLimits {
    get {
      FrameLimits(
        recordBytes: Int(memory.load(At.recordBytesGranted)),
        fields: Int(memory.load(At.fieldsGranted)))
    }
    set {
      memory.store(At.recordBytesGranted, UInt64(newValue.recordBytes))
      memory.store(At.fieldsGranted, UInt64(newValue.fields))
    }
  }

  /// How far the file has come in time, CLOCK_MONOTONIC; nil: not known. One that is still to come is of
  /// before a boot.
  func lastKey(_ now: UInt64) -> UInt64? {
    let key = memory.load(At.lastKey)
    return key > 0 && key <= now ? key : nil
  }

  // MARK: the commit

  /// Step 1. After it the batch is done by whoever finds the ledger.
  ///
  /// Again for the same batch, when it begins anew in another file.
  func note(file: LogFile.Identity, offset: UInt64, length: Int, rings: [Ring], _ after: Counters) {
    guard Self.isKept else { return }
    memory.store(At.mark, 0)
    store(Place(file: file, offset: offset, start: 0), number: 0)
    memory.store(At.place, 0)
    memory.store(At.length, UInt64(length))
    for (index, ring) in rings.enumerated() {
      memory.store(slot(ring.slot) + At.slotTailWithBatch, ring.consumed)
      memory.store(slot(ring.slot) + At.slotDroppedWithBatch, ring.droppedReported)
      memory.store32(listOffset + index * 4, UInt32(ring.slot))
    }
    memory.store(At.ringCount, UInt64(rings.count))
    store(after, at: At.countersWithBatch)
    memory.store(At.mark, 1)
  }

  /// Nothing of the batch is in the file, and nothing of it will be.
  func withdraw() { memory.store(At.mark, 0) }

  /// Step 3, after the tails were published. `lastKey`: the greatest in the file.
  func clear(rings: [Ring], lastKey: UInt64, _ after: Counters) {
    guard Self.isKept else { return }
    for ring in rings {
      memory.store(slot(ring.slot) + At.slotTail, ring.tail)
      memory.store(slot(ring.slot) + At.slotDropped, ring.droppedReported)
    }
    store(after, at: At.counters)
    memory.store(At.lastKey, lastKey)
    memory.store(At.mark, 0)
  }

  // MARK: recovery

  /// A batch that was noted, of which it is not known how much is in the file.
  struct Pending {
    let place: Place
    let length: Int
  }

  /// Where a batch goes: its byte `start` to `offset` in the file.
  struct Place {
    let file: LogFile.Identity
    let offset: UInt64
    let start: Int
  }

  var pending: Pending? {
    let length = Int(clamping: memory.load(At.length))
    let at = place(Int(memory.load(At.place) & 1))
    let place = Place(
      file: LogFile.Identity(
        device: memory.load(at), inode: memory.load(at + 8),
        birth: Int64(bitPattern: memory.load(at + 16))),
      offset: memory.load(at + 24), start: Int(clamping: memory.load(at + 32)))
    guard memory.load(At.mark) == 1, place.start <= length, length <= batchCapacity else {
      return nil
    }
    return Pending(place: place, length: length)
  }

  func place(_ number: Int) -> Int { At.places + number * 64 }

  private func store(_ place: Place, number: Int) {
    let at = self.place(number)
    memory.store(at, place.file.device)
    memory.store(at + 8, place.file.inode)
    memory.store(at + 16, UInt64(bitPattern: place.file.birth))
    memory.store(at + 24, place.offset)
    memory.store(at + 32, UInt64(place.start))
  }

  /// The batch from `start` on goes to the end of `file`: another one than it was noted for, or
  /// behind somebody else's bytes. Takes effect with the last store.
  func movePending(to file: LogFile, from start: Int) {
    let other = 1 - memory.load(At.place) & 1
    store(Place(file: file.identity, offset: file.offset, start: start), number: Int(other))
    memory.store(At.place, other)
  }

  /// Where the line of the batch begins that the byte at `index` belongs to.
  func lineStart(before index: Int) -> Int {
    memory.withBytes(batchOffset, index) { batch in
      var start = index
      while start > 0, batch.u8(at: start - 1) != UInt8(ascii: "\n") { start -= 1 }
      return start
    }
  }

  /// Step 3 for a batch of an earlier daemon, now that it is in the file. Can be repeated.
  func finishPending() {
    for index in 0..<min(slotCount, Int(clamping: memory.load(At.ringCount))) {
      let number = Int(memory.load32(listOffset + index * 4))
      guard number < slotCount else { continue }
      let at = slot(number)
      memory.store(at + At.slotTail, memory.load(at + At.slotTailWithBatch))
      memory.store(at + At.slotDropped, memory.load(at + At.slotDroppedWithBatch))
    }
    store(load(At.countersWithBatch), at: At.counters)
    memory.store(At.mark, 0)
  }

  var counters: Counters { load(At.counters) }

  /// How many bytes of the batch, from its start, `bytes` begins with.
  func matchingPrefix(of bytes: RawSpan, at start: Int) -> Int {
    memory.withBytes(batchOffset + start, min(bytes.byteCount, batchCapacity - start)) { batch in
      var index = 0
      while index < batch.byteCount, batch.u8(at: index) == bytes.u8(at: index) { index += 1 }
      return index
    }
  }

  func load(_ offset: Int) -> Counters {
    var counters = Counters()
    counters.received = memory.load(offset)
    counters.written = memory.load(offset + 8)
    counters.dropped = memory.load(offset + 16)
    counters.handedOff = memory.load(offset + 24)
    counters.bytesWritten = memory.load(offset + 32)
    counters.batches = memory.load(offset + 40)
    counters.late = memory.load(offset + 48)
    counters.droppedByProducers = memory.load(offset + 56)
    return counters
  }

  func store(_ counters: Counters, at offset: Int) {
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
