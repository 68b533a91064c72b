internal import LogdPlatform
internal import LogdWire
internal import Synchronization

extension Writer {
  struct PassOutcome {
    /// There is more to be had at once.
    var hasMore = false
    /// A record is held back for the order window until then, CLOCK_MONOTONIC.
    var heldUntil: UInt64?
  }

  /// One round: load, merge, commit. `begun`: before the inbox was taken.
  func pass(begun: UInt64) -> PassOutcome {
    let now = Clock.monotonicNanoseconds()
    wall.update()
    tryFile()
    return write(now, begun: begun, isPressing: load(active[...], now))
  }

  /// What is loaded: merge, commit.
  func write(_ now: UInt64, begun: UInt64, isPressing: Bool) -> PassOutcome {
    let isPressing = isPressing || isPursuing || own.count > WriterInbox.selfRecordsMax / 2
    let window = settings.windowNanoseconds
    let isForced = isPressing || hasUrgentRecord()
    let isSettled = isCalm && !isForced && isSettled
    let endsCalm = isCalm
    isCalm = false
    let settled = isSettled ? begun &- Self.settlingNanoseconds : 0
    let horizon = isForced ? now : max(settled, now &- window)
    let receivedBefore = counters.received
    let heldKey = merge(horizon: horizon, now: now)
    if isSettled, counters.received > receivedBefore { settle() }
    // A bell for nothing ends it too: a storm of them does not wake the writer each time.
    if endsCalm || counters.received > receivedBefore {
      inbox.calmFrom.store(
        ringCount <= Self.settlingRingsMax ? now &+ Self.calmNanoseconds : .max, ordering: .relaxed)
    }
    commit()
    releaseRings()
    startSyncIfDue(now)
    watchFile(now)
    var outcome = PassOutcome(hasMore: isPressing)
    outcome.hasMore = active.contains { $0.hasMore || $0.isPressing }
    outcome.heldUntil = earlier(heldKey, own.first?.key).map { $0 &+ window }
    flow.took(counters.received - receivedBefore, now)
    return outcome
  }

  /// Reads what active rings have; whether the order window has to give way.
  func load(_ rings: ArraySlice<Ring>, _ now: UInt64) -> Bool {
    var isPressing = false
    for ring in rings {
      do throws(RingFault) {
        try load(ring, now)
        if ring.hasMore || ring.isPressing { isPressing = true }
      } catch {
        ring.quarantine(error)
      }
    }
    return isPressing
  }

  private func load(_ ring: Ring, _ now: UInt64) throws(RingFault) {
    do throws(RingFault) {
      try ring.load(&pool, scratch: scratch, now: now)
    } catch {
      guard takeItsWord(ring) else { throw error }
      try ring.load(&pool, scratch: scratch, now: now)
    }
  }

  /// Whether a record at least as severe as an error waits to be written.
  private func hasUrgentRecord() -> Bool {
    guard settings.windowNanoseconds > 0 else { return false }
    if own.contains(where: { $0.record.severity <= .error }) { return true }
    let limits = settings.limits
    for ring in active {
      guard ring.bufferedBytes > 0, let buffer = ring.buffer else { continue }
      let found = buffer.owner.memory.withBytes(ring.start, ring.bufferedBytes) { bytes in
        var at = 0
        while at + Layout.Frame.message <= bytes.byteCount {
          guard let header = FrameHeader(bytes, at: at, limits: limits) else { return false }
          if header.severity <= Severity.error.rawValue { return true }
          at += Layout.padded(header.byteCount)
        }
        return false
      }
      if found { return true }
    }
    return false
  }

  /// Formats everything up to the horizon, oldest first. The oldest key that had to wait.
  private func merge(horizon: UInt64, now: UInt64) -> UInt64? {
    heap.removeAll()
    defer { ledger.isReading(0) }
    let seen = Clock.monotonicNanoseconds()
    for ring in active where ring.bufferedBytes > 0 {
      let key = firstKey(of: ring, horizon: horizon, seen: seen)
      heap.insert(MergeHeap.Entry(key: key, ring: ring.slot))
    }
    var limit = horizon
    while true {
      writeOwn(upTo: min(limit, heap.top?.key ?? .max))
      guard let top = heap.top else { return nil }
      if top.key > limit { return top.key }
      guard let ring = rings[top.ring] else {
        preconditionFailure("a ring in the heap is attached")
      }
      let run = Run(
        limit: min(limit, heap.secondKey, own.first?.key ?? .max),
        keys: KeyRule(horizon: horizon, seen: seen, floor: floor(of: ring)),
        batchBytes: isTakingUp ? .max : Self.commitBytes)
      ledger.isReading(ring.id)
      switch take(run, from: ring) {
      case .next(let key): heap.replaceTop(key: key)
      case .batchFull: commit()
      case .exhausted:
        heap.removeTop()
        // What the ring has beyond its quantum is older than what the others may have: they wait
        // for the next pass, but not beyond the window.
        if ring.hasMore {
          limit = min(limit, max(ring.lastKey, now &- settings.windowNanoseconds))
        }
      case .fault(let fault):
        heap.removeTop()
        ring.quarantine(fault)
      }
    }
  }

  /// The key of its oldest record that is loaded; of nonsense any.
  private func firstKey(of ring: Ring, horizon: UInt64, seen: UInt64) -> UInt64 {
    guard let buffer = ring.buffer, ring.bufferedBytes >= Layout.Frame.message else { return 0 }
    let stamp = ring.onOurClock(buffer.owner.memory.load(ring.start + Layout.Frame.stamp))
    return KeyRule(horizon: horizon, seen: seen, floor: floor(of: ring)).key(
      stamp: stamp, after: ring.lastKey)
  }

  /// The oldest that a record may be: the order window behind the newest; where that is not known, and
  /// this daemon made the ring, its own beginning; and what was written while nobody knew of the ring.
  private func floor(of ring: Ring) -> UInt64 {
    let window = settings.windowNanoseconds
    return max(
      lastKey > window ? lastKey - window : 0, ring.isResumed || !isFirst ? 0 : begunAt, ring.floor)
  }

  /// How far a run may go.
  struct Run {
    let limit: UInt64
    let keys: KeyRule
    /// The batch is committed once it is so large.
    let batchBytes: Int
  }

  enum RunEnd {
    case next(UInt64), exhausted, batchFull
    case fault(RingFault)
  }

  /// Formats records of one ring until another ring has an older one.
  private func take(_ run: Run, from ring: Ring) -> RunEnd {
    guard let buffer = ring.buffer else { return .exhausted }
    var state = RunState(
      lastKey: lastKey, ringKey: ring.lastKey, offset: ring.clockOffset, wallOffset: wall.offset)
    let bytesBefore = batch.count
    let end = buffer.owner.memory.withBytes(ring.start, ring.bufferedBytes) { bytes in
      state.take(
        run, bytes, label: ring.label, settings, formatter: &formatter, to: &batch)
    }
    if handsOff, state.written > 0 {
      buffer.owner.memory.withBytes(ring.start, state.position) { frames in
        handoff.append(
          frames, ident: ring.peer.name, pid: ring.peer.pid,
          timeOffset: ring.clockOffset &+ wall.offset, isInRecord: ring.label.isInRecord,
          severity: min(settings.severity, settings.journald.severity))
      }
    }
    ring.start += state.position
    ring.consumed += UInt64(state.position)
    ring.lastKey = state.ringKey
    lastKey = state.lastKey
    counters.received += state.written + state.filtered
    counters.inBatch += state.written
    counters.dropped += state.filtered
    counters.late += state.late
    if state.isUrgent { syncing.sawUrgent = true }
    if state.position > 0 { note(ring, records: state.written, bytes: batch.count - bytesBefore) }
    if case .exhausted = end, ring.bufferedBytes > 0, !ring.hasMore { return .fault(.frame) }
    return end
  }

  /// Has the ring's tail moved with this batch.
  func note(_ ring: Ring, records: UInt64, bytes: Int) {
    if !ring.isInBatch {
      ring.isInBatch = true
      inBatch.append(ring)
    }
    ring.statistics.add(records: records, bytes: bytes)
  }
}

/// What a record is put in order by: its stamp, unless that cannot be.
struct KeyRule {
  let horizon: UInt64
  /// Stamps beyond this instant are in the future.
  let seen: UInt64
  /// The oldest that a record may be.
  let floor: UInt64

  /// `last` is the key of the record before it in its ring.
  @inline(__always)
  func key(stamp: UInt64, after last: UInt64) -> UInt64 {
    max(stamp > seen ? horizon : max(stamp, floor), last)
  }
}

/// What changes from record to record within a run: in registers, not in the writer.
private struct RunState {
  var lastKey: UInt64
  var ringKey: UInt64
  let offset: Int64
  let wallOffset: Int64
  var position = 0
  var written: UInt64 = 0
  var filtered: UInt64 = 0
  var late: UInt64 = 0
  var isUrgent = false

  init(lastKey: UInt64, ringKey: UInt64, offset: Int64, wallOffset: Int64) {
    self.lastKey = lastKey
    self.ringKey = ringKey
    self.offset = offset
    self.wallOffset = wallOffset
  }

  /// The loop that every record goes through.
  @inline(__always)
  mutating func take(
    _ run: Writer.Run, _ bytes: RawSpan, label: SourceLabel, _ settings: WriterSettings,
    formatter: inout LineFormatter, to batch: inout LineBuffer
  ) -> Writer.RunEnd {
    let available = bytes.byteCount
    while position &+ Layout.Frame.message <= available {
      guard let header = FrameHeader(bytes, at: position, limits: settings.limits) else {
        return .fault(.frame)
      }
      let stamp = UInt64(bitPattern: Int64(bitPattern: header.stamp) &+ offset)
      let key = run.keys.key(stamp: stamp, after: ringKey)
      if key > run.limit { return .next(key) }
      let next = position &+ Layout.padded(header.byteCount)
      if next > available { return .exhausted }
      CrashPoint.read(bytes, message: position &+ Layout.Frame.message)
      if header.severity > settings.severity.rawValue {
        filtered &+= 1
      } else {
        guard batch.count < run.batchBytes,
          batch.hasRoom(LineFormatter.lineBytesMax(frameBytes: header.byteCount))
        else { return .batchFull }
        let start = batch.count
        guard
          formatter.append(
            bytes, at: position, header, time: Int64(bitPattern: key) &+ wallOffset,
            label: label, annotations(stamp: stamp, key: key), to: &batch)
        else {
          batch.count = start
          return .fault(.frame)
        }
        written &+= 1
        if key < lastKey { late &+= 1 } else { lastKey = key }
        if header.severity <= settings.syncSeverity.rawValue { isUrgent = true }
      }
      ringKey = key
      position = next
    }
    return .exhausted
  }

  @inline(__always)
  private func annotations(stamp: UInt64, key: UInt64) -> Annotations {
    let distance = stamp > key ? stamp &- key : key &- stamp
    if distance <= 1_000_000_000 { return Annotations() }
    return Annotations(claimed: Int64(bitPattern: stamp) &+ wallOffset)
  }
}
