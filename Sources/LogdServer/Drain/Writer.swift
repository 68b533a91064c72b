// The writer thread: drains all rings in time order into one file.
//
//   loop:  take the inbox → pass → sleep, unless there is more
//   pass:  load what the active rings have → merge by stamp up to the horizon, each record
//          formatted into the batch → commit
//   sleep: see Writer+Sleep
//
// Invariants
// 1. A ring's tail moves only after its records are in the file.
// 2. Horizon: a record is written once it is older than the order window. Where somebody waits, a
//    ring is over half full, an error is among the records, or no older one can come, at once.
// 3. At most one quantum of a ring in one pass: a flood cannot hold up others for longer.
// 4. Nothing here waits for a socket, and nothing allocates per record.

internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// What the writer goes by; replaced as a whole by a reload.
struct WriterSettings: Sendable {
  var windowNanoseconds: UInt64
  var limits: FrameLimits
  var severity: Severity
  var sync: Configuration.SyncPolicy
  var syncIntervalNanoseconds: UInt64
  var syncSeverity: Severity
  var journald: Configuration.Journald
  var format: Configuration.Format
}

// SAFETY: confined to the writer's thread but for `inbox` and `report`, which are Sendable.
final class Writer: @unchecked Sendable {
  let inbox: WriterInbox
  let report: WriterReport
  let ledger: Ledger
  let syncer: SyncerSlot
  let feed: LineFeed
  let journal: JournalSink
  var handoff: HandoffBatch
  /// Journald gets the batches that the file does not take.
  var fallback: Fallback?
  /// What the writer has to say to those who look after its file.
  var fileEvents = FileEvents()
  /// Tells the I/O thread that a ring is done with, and why if its client is to blame.
  let released: @Sendable (Ring, RingFault?) -> Void

  var settings: WriterSettings
  var sink: FileSink
  var formatter: LineFormatter
  var batch: LineBuffer
  var counters = Counters()
  var rings: [Ring?]
  var active: [Ring] = []
  var ringCount = 0
  /// A bell has come out of a calm: see ``isSettled``.
  var isCalm = false
  /// The greatest key that was written before the order window was over.
  var settledKey: UInt64 = 0
  var inBatch: [Ring] = []
  var heap = MergeHeap()
  var pool: BufferPool
  let scratch: Mapping
  let ownLabel: SourceLabel

  /// The greatest key written so far, by an earlier daemon too, and what turns a key into wall time.
  var lastKey: UInt64
  /// It is not known what an earlier one has written.
  let isFirst: Bool
  var wall = WallClock()
  var epoch: UInt32 = 0
  var flow = Flow()
  /// All that are active have been told that the writer lingers, and none has rung since.
  var ringsLinger = false
  var syncing = SyncState()
  var goals: [Goal] = []
  var rotation = RotationLimits()
  /// Not nil: all rings of the daemon before are here. Called when what they hold is written.
  private(set) var tookUp: (@Sendable () -> Void)?
  /// When they were, CLOCK_MONOTONIC.
  private(set) var begunAt: UInt64 = 0
  /// What they hold is not written yet.
  var isTakingUp = false
  /// What this daemon has to say of itself, oldest first: merged with what the rings have.
  var own: [OwnRecord] = []
  var isFinished = false
  /// What stood against the last sync.
  private(set) var drainFailure: Errno?
  private var commands: [WriterCommand] = []

  /// How long a ring that has nothing is looked at, unless records keep coming; and a sleep at most then.
  static let lingerNanoseconds: UInt64 = 1_000_000
  /// While they keep coming: how long records wait at most for those that follow,
  static let gatherMax: UInt64 = 8_000_000
  /// and after how long a ring that has nothing must ring.
  static let quietMax: UInt64 = 128_000_000
  /// After so long without records there is a calm, if so many rings can be looked at for one record.
  static let calmNanoseconds: UInt64 = 3_000_000
  static let settlingRingsMax = 64
  /// So long after it was said, that a record is being made is seen on all processors.
  static let settlingNanoseconds: UInt64 = 10_000
  static let quantumBytes = 128 << 10
  /// A batch is committed once it is so large: soon enough for producers that wait for room, and
  /// small enough to stay in the processor's cache between formatting and writing.
  static let commitBytes = 256 << 10

  init(
    settings: WriterSettings, ledger: Ledger, file: LogFile, pid: Int32, uid: UInt32,
    feed: LineFeed, journal: JournalSink,
    released: @escaping @Sendable (Ring, RingFault?) -> Void
  ) throws(Errno) {
    inbox = try WriterInbox(windowNanoseconds: settings.windowNanoseconds)
    self.settings = settings
    self.ledger = ledger
    self.released = released
    self.feed = feed
    self.journal = journal
    counters = ledger.counters
    let lastKey = ledger.lastKey(Clock.monotonicNanoseconds())
    isFirst = lastKey == nil
    self.lastKey = lastKey ?? 0
    report = WriterReport(file, counters)
    sink = FileSink(file, report)
    formatter = LineFormatter(settings.format)
    handoff = HandoffBatch(settings.limits)
    batch = ledger.makeBatch()
    let slotCount = ledger.slotCount
    rings = Array(repeating: nil, count: slotCount)
    pool = try BufferPool(
      bufferBytes: max(Self.quantumBytes, Layout.padded(settings.limits.recordBytes)),
      slotCount: slotCount)
    scratch = try Mapping(privateByteCount: 4096)
    ownLabel = SourceLabel(ident: "logd", pid: pid, uid: uid, format: settings.format)
    syncer = SyncerSlot()
    active.reserveCapacity(slotCount)
    inBatch.reserveCapacity(slotCount)
    heap.reserve(slotCount)
    inbox.say(ledger.damages, of: "the ledger")
  }

  /// The body of the thread. Returns after a drain.
  ///
  /// - Parameter stored: log files that an earlier daemon had open.
  func run(stored: [LogFile]) {
    ledger.noteFaults()
    recover(stored)
    takeUp()
    while true {
      let ticket = inbox.alarm.ticket
      let outcome = turn()
      if isFinished {
        writeOwn(upTo: .max)
        return commit()
      }
      if !outcome.hasMore { sleep(ticket, after: outcome) }
    }
  }

  /// What others want, what the rings have, who waits for it.
  func turn() -> PassOutcome {
    let begun = Clock.monotonicNanoseconds()
    takeInbox()
    let outcome = pass(begun: begun)
    checkGoals()
    return outcome
  }

  func takeInbox() {
    inbox.take(into: &commands)
    for command in commands { obey(command) }
    commands.removeAll(keepingCapacity: true)
  }

  private func obey(_ command: WriterCommand) {
    switch command {
    case .attach(let ring): attach(ring)
    case .takeUp(let rings): for ring in rings { attach(ring) }
    case .begin(let tookUp):
      self.tookUp = tookUp
      begunAt = Clock.monotonicNanoseconds()
    case .bell(let ring, let due):
      ring.hasRung.store(false, ordering: .releasing)
      stopLingering()
      var latest = Clock.monotonicNanoseconds() &+ settings.windowNanoseconds
      if case .at(let instant) = due { latest = instant }
      if case .whenSettled = due { isCalm = true }
      flow.bell(latest)
      activate(ring)
    case .hangUp(let ring):
      ring.isClosing = true
      activate(ring)
    case .say(let record): say(record)
    case .reopen: reopen()
    case .reconfigure(let settings):
      commit()  // as it was begun
      self.settings = settings
      inbox.windowNanoseconds.store(settings.windowNanoseconds, ordering: .relaxed)
      if settings.journald.handoff != .fallback { endFallback().map(say) }
      handoff = HandoffBatch(settings.limits)
    case .rotateOutside(let span, let bytesMax):
      rotation.set(span, bytesMax: bytesMax == 0 ? .max : UInt64(bytesMax))
    case .sync: syncing.isWanted = true
    case .synced(let completion): finishSync(completion)
    case .pursue(let id, let durable, let done): pursue(id: id, durable: durable, done)
    case .giveUp(let id): giveUp(id: id)
    case .drain:
      pursue(id: Goal.drain, durable: true) { [unowned self] errno in
        drainFailure = errno
        isFinished = true
      }
    }
  }

  /// Between two batches: the line that a file ends with is nobody's then.
  private func reopen() {
    commit()
    // None any more: the batch was refused, and is in that file.
    if let next = inbox.takeNextFile() { change(to: next) }
  }
}
