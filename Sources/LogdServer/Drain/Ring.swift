internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// Who is at the other end of a ring: what the kernel vouches for, and the name it gave itself.
struct Peer: Sendable {
  let pid: Int32
  let uid: UInt32
  let gid: UInt32
  let ident: Ident
  /// As it is written: `logd` is the daemon's own name in the file.
  let name: String

  init(pid: Int32, uid: UInt32, gid: UInt32, ident: Ident) {
    self.pid = pid
    self.uid = uid
    self.gid = gid
    self.ident = ident
    let claimed = ident.string
    name = claimed == "logd" ? "logd_" : claimed
  }
}

/// The consumer's side of one ring. Belongs to the writer thread but for the constants and
/// ``statistics``.
///
/// Positions, in the order they move: `tail` (published: in the file) ≤ `consumed` (in the batch) ≤
/// `loaded` (copied into `buffer`) ≤ `words.head` (published by the producer).
// SAFETY: handed from the I/O thread to the writer once; the shared parts are immutable or atomic.
final class Ring: @unchecked Sendable {
  let id: UInt64
  /// Place in the ledger's table and in the writer's.
  let slot: Int
  let peer: Peer
  let label: SourceLabel
  let dataBytes: Int
  /// What to add to a stamp of this client to get the daemon's CLOCK_MONOTONIC.
  let clockOffset: Int64
  let files: RingFiles
  let statistics = RingStatistics()
  /// Of the intake: whom to tell when the tail moves.
  let room: IntakeRoom?
  /// A bell of this ring waits in the writer's inbox.
  let hasRung = Atomic<Bool>(false)
  /// Of the intake: the I/O thread has taken the time of lines that it is reading.
  let isTaking = Atomic<Bool>(false)

  var words = ProducerWords()
  var tail: UInt64 = 0
  var consumed: UInt64 = 0
  var loaded: UInt64 = 0
  var synced: UInt64 = 0
  /// The bytes of `consumed..<loaded`, from `start` of its memory on.
  var buffer: RingBuffer?
  var start = 0
  var lastKey: UInt64 = 0
  /// No record of it is older.
  var floor: UInt64 = 0

  /// An earlier daemon has drained a part of it.
  private(set) var isResumed = false
  /// Its client has not heard all that there is to say, see ``catchUp()``.
  private(set) var isUntold = false
  /// In the writer's active set: looked at in each pass, does not need to ring for every record.
  var isActive = false
  /// In the list of rings that the batch has records of.
  var isInBatch = false
  /// Has data beyond what one pass takes.
  var hasMore = false
  /// The connection is gone: drained to its end and then released.
  var isClosing = false
  /// When records were last found, CLOCK_MONOTONIC.
  var lastSeen: UInt64 = 0
  var droppedReported: UInt64 = 0
  /// Holds nonsense: nothing more is read, released with the next batch.
  var fault: RingFault?
  var isUnsynced = false
  /// Up to here a sync of this daemon has failed; no later one makes that good.
  var suspect: UInt64 = 0

  init(
    id: UInt64, slot: Int, peer: Peer, format: Configuration.Format, dataBytes: Int,
    clockOffset: Int64, files: consuming RingFiles, room: IntakeRoom? = nil
  ) {
    self.id = id
    self.slot = slot
    self.peer = peer
    label =
      room == nil
      ? SourceLabel(ident: peer.name, pid: peer.pid, uid: peer.uid, format: format) : .inRecord
    self.room = room
    self.dataBytes = dataBytes
    self.clockOffset = clockOffset
    self.files = files
  }

  /// Goes on where an earlier daemon ended. Before anything is read of it.
  func resume(at end: RingEnd) {
    isResumed = true
    isUntold = room == nil
    tail = end.tail
    consumed = end.tail
    loaded = end.tail
    droppedReported = end.droppedTaken
    statistics.tail.store(tail, ordering: .relaxed)
    statistics.head.store(tail, ordering: .relaxed)
  }

  var bufferedBytes: Int { Int(loaded - consumed) }

  /// A stamp of this client as the daemon's CLOCK_MONOTONIC.
  func onOurClock(_ stamp: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(bitPattern: stamp) &+ clockOffset)
  }

  /// Everything that was seen of it, and is sound, is in the file.
  var isDrained: Bool { fault == nil ? tail == words.head : tail == loaded }

  /// Whether the window must not hold this ring's records back: somebody waits, or it fills.
  var isPressing: Bool {
    guard words.head > tail else { return false }
    return words.isWaiting || isClosing || words.head - tail > UInt64(dataBytes / 2)
      || max(words.flushTarget, words.syncTarget) > tail
  }

  /// Whether to wake who waits for room, now that the tail has moved from `before`. Not for less
  /// than half a ring, in which any frame has room: that costs as much as to write some hundred records.
  func hasRoomForWaiters(since before: UInt64) -> Bool {
    let half = UInt64(dataBytes / 2)
    // A producer that found no room after the words were read saw a ring at least half full.
    return (words.isWaiting || words.head - before > half) && words.head - tail <= half
  }

  /// Whether so much waits that its producer would ring for it.
  var isFilling: Bool { words.head - tail >= UInt64(dataBytes / 4) }

  /// Reads what the producer says, and up to `quantum` bytes of its records.
  func load(_ pool: inout BufferPool, scratch: borrowing Mapping, now: UInt64) throws(RingFault) {
    guard fault == nil else { return }
    try look(scratch)
    guard loaded < words.head else {
      hasMore = false
      return
    }
    lastSeen = now
    let buffer = try makeRoom(Int(words.head - consumed), &pool)
    let wanted = min(Int(words.head - loaded), buffer.range.count - bufferedBytes)
    if wanted > 0 { try copy(wanted, into: buffer) }
    hasMore = loaded < words.head
  }

  /// A buffer for so much, or as much as there is in one; what is buffered moves along.
  private func makeRoom(
    _ byteCount: Int, _ pool: inout BufferPool
  ) throws(RingFault) -> RingBuffer {
    if let buffer, buffer.range.count >= min(byteCount, pool.bufferBytes) { return buffer }
    let larger: RingBuffer
    do { larger = try pool.take(byteCount, slot: slot) } catch { throw .noMemory }
    if let buffer {
      buffer.owner.memory.withBytes(start, bufferedBytes) { bytes in
        larger.owner.memory.put(bytes, at: larger.range.lowerBound)
      }
      pool.giveBack(buffer)
    }
    start = larger.range.lowerBound
    buffer = larger
    return larger
  }

  /// Reads the producer's words only.
  func look(_ scratch: borrowing Mapping) throws(RingFault) {
    let seen: ProducerWords
    do {
      seen = try ProducerWords.read(
        from: files.data, into: scratch, tail: tail, dataBytes: dataBytes)
    } catch {
      throw .head
    }
    guard seen.head >= loaded else { throw .head }
    let before = words
    words = seen
    // Raised after the words were read with which the tail moved: nobody has woken who waits for it.
    if before.areRead, words.flushTarget > before.flushTarget, words.flushTarget <= tail {
      tellTail(wakingRoom: false, wakingFlush: true)
    }
    // Or for the disk, which is in sync with it already, or has failed.
    if before.areRead, words.syncTarget > before.syncTarget,
      words.syncTarget <= max(synced, suspect)
    {
      tellSynced()
    }
    statistics.head.store(words.head, ordering: .relaxed)
    statistics.dropped.store(words.dropped, ordering: .relaxed)
  }

  private func copy(_ byteCount: Int, into buffer: RingBuffer) throws(RingFault) {
    let kept = bufferedBytes
    if start + kept + byteCount > buffer.range.upperBound {
      buffer.owner.memory.move(from: start, to: buffer.range.lowerBound, byteCount: kept)
      start = buffer.range.lowerBound
    }
    try read(loaded, byteCount, into: buffer.owner.memory, at: start + kept)
    loaded += UInt64(byteCount)
  }

  /// Copies what lies at a position of the ring, by pread(2): in two pieces where it wraps.
  func read(
    _ position: UInt64, _ byteCount: Int, into memory: borrowing Mapping, at target: Int
  ) throws(RingFault) {
    var done = 0
    while done < byteCount {
      let offset = Int((position + UInt64(done)) & UInt64(dataBytes - 1))
      let piece = min(byteCount - done, dataBytes - offset)
      let count = try? memory.fill(
        target + done, byteCount: piece, from: files.data.raw,
        at: UInt64(Layout.headerBytes + offset))
      guard count == piece else { throw .unreadable }
      done += piece
    }
  }

  /// Gives the buffer back once it is empty.
  func releaseBuffer(_ pool: inout BufferPool) {
    guard bufferedBytes == 0, let empty = buffer else { return }
    pool.giveBack(empty)
    buffer = nil
  }

  // MARK: what the client hears

  private var control: ControlBlock { files.control }

  func announce(_ word: SleepWord) {
    if isUntold { catchUp() }
    control.store32(Layout.Control.sleep, word.rawValue)
  }

  func tellTail(wakingRoom: Bool, wakingFlush: Bool) {
    // Before the tail: a client that comes back sees both or neither.
    control.store(Layout.Control.droppedTaken, droppedReported)
    control.store(Layout.Control.tail, tail)
    if wakingRoom { control.wake(Layout.Control.tail, count: 1, bits: Layout.WaitBits.room) }
    if wakingFlush { control.wake(Layout.Control.tail, count: .max, bits: Layout.WaitBits.flush) }
  }

  func tellSynced() {
    control.store(Layout.Control.synced, synced)
    guard words.syncTarget > 0 else { return }
    control.wake(Layout.Control.synced, count: .max, bits: Layout.WaitBits.flush)
  }

  func tellSuspect() {
    control.store(Layout.Control.suspect, suspect)
    tellSynced()
  }

  /// The daemon before this one may have died between the ledger's word and the control block's, or
  /// before it woke who waits.
  private func catchUp() {
    isUntold = false
    tellSynced()
    tellTail(wakingRoom: words.isWaiting, wakingFlush: words.flushTarget > 0)
  }

  /// It holds nonsense, or there is no memory for it: what came before is kept, nothing more is read.
  func quarantine(_ fault: RingFault) {
    self.fault = fault
    isClosing = true
    hasMore = false
    if case .frame = fault { loaded = consumed }
  }
}

/// Why a ring is quarantined: its client is disconnected and named, what came before is kept.
enum RingFault: Error, CustomStringConvertible {
  case head, frame, unreadable, noMemory

  var description: String {
    switch self {
    case .head: "its head is not a position it can have"
    case .frame: "a frame breaks the rules of the protocol"
    case .unreadable: "its memory cannot be read"
    case .noMemory: "there is no memory for it"
    }
  }
}

/// What the I/O thread may read of a ring at any time, for status. Relaxed: each by itself.
final class RingStatistics: Sendable {
  let records = Atomic<UInt64>(0)
  let bytes = Atomic<UInt64>(0)
  let head = Atomic<UInt64>(0)
  let tail = Atomic<UInt64>(0)
  let dropped = Atomic<UInt64>(0)

  /// Published by the producer as far as was seen, and not in the file.
  var bytesUsed: UInt64 {
    let tail = tail.load(ordering: .relaxed)
    let head = head.load(ordering: .relaxed)
    return head > tail ? head - tail : 0
  }

  func add(records: UInt64, bytes: Int) {
    self.records.add(records, ordering: .relaxed)
    self.bytes.add(UInt64(bytes), ordering: .relaxed)
  }
}
