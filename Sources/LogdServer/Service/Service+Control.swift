internal import Glibc
internal import LogdControl
internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// What control.sock asks for, answered from what the other threads publish: never waits for them.
extension Service: ControlDelegate {
  func status() -> StatusSnapshot {
    let report = writer.report.snapshot
    let counters = report.counters
    let rings = registry.allRings
    var status = StatusSnapshot()
    status.pid = getpid()
    status.version = Version.text
    status.uptimeSeconds = Self.seconds(since: startedAt)
    status.recordsReceived = counters.received
    status.recordsWritten = counters.written
    status.recordsDropped = counters.dropped
    status.recordsHandedOff = counters.handedOff
    status.recordsInBatch = counters.inBatch
    status.bytesWritten = counters.bytesWritten
    status.batches = counters.batches
    status.recordsLate = counters.late
    status.wakeups = counters.wakeups
    status.producerDropped = counters.droppedByProducers
    for ring in rings { status.producerDropped += ring.statistics.dropped.load(ordering: .relaxed) }
    status.clients = clients()
    status.rings.count = rings.count
    status.rings.bytesCapacity = UInt64(registry.ringBytes)
    status.rings.bytesUsed = rings.reduce(0) { $0 + $1.statistics.bytesUsed }
    status.bytesUnparsed = status.rings.bytesUsed
    status.memoryBytes = ResidentMemory.byteCount
    status.file.path = report.file.path
    status.file.bytes = report.file.bytes
    status.file.syncedBytes = report.file.syncedBytes
    describeState(report.file.failure, &status)
    return status
  }

  func describeState(_ failure: WriterReport.Failure?, _ status: inout StatusSnapshot) {
    if isStopping {
      status.state = .draining
      status.reason = "stopping: writing what was published before the signal"
    }
    guard let failure else { return }
    let seconds = (Clock.realtimeNanoseconds() - failure.since) / 1_000_000_000
    status.file.lastError = failure.error.description
    status.state = isStopping ? .draining : .degraded
    status.reason = "\(failure.error), since \(seconds) s; records wait in the rings"
  }

  func clients() -> [ClientSnapshot] {
    registry.all.compactMap { client in
      guard case .attached(let ring) = client.state else { return nil }
      var row = ClientSnapshot()
      row.pid = client.pid
      row.uid = client.uid
      row.gid = client.gid
      row.ident = ring.peer.name
      row.unit = client.description.unit
      row.comm = client.description.comm
      row.records = ring.statistics.records.load(ordering: .relaxed)
      row.bytes = ring.statistics.bytes.load(ordering: .relaxed)
      row.dropped = ring.statistics.dropped.load(ordering: .relaxed)
      row.ringBytes = UInt64(ring.dataBytes)
      row.ringUsed = ring.statistics.bytesUsed
      if row.ringUsed > 0 {
        let oldest = ring.statistics.lastKey.load(ordering: .relaxed)
        row.lagMilliseconds = Self.seconds(since: oldest) * 1000
      }
      row.connectedSeconds = Self.seconds(since: client.connectedAt)
      return row
    }
  }

  private static func seconds(since instant: UInt64) -> Double {
    let now = Clock.monotonicNanoseconds()
    return now > instant ? Double(now - instant) / 1e9 : 0
  }

  func flush(durable: Bool, deadline: UInt64, _ done: @escaping (FlushOutcome) -> Void) {
    flushesMade += 1
    let id = flushesMade
    let now = Clock.monotonicNanoseconds()
    let timer = loop.after(deadline > now ? deadline - now : 0) { [weak self] in
      guard let self else { return }
      flushes[id] = nil
      writer.inbox.send(.giveUp(id: id))
      done(.timedOut(remaining: registry.recordsWaiting))
    }
    flushes[id] = (timer, done)
    let (relay, loop) = (relay, loop)
    writer.inbox.send(
      .pursue(id: id, durable: durable) { errno in
        loop.post { relay.service?.finished(id, errno) }
      })
  }

  /// The writer has come so far; too late for one that has timed out.
  func finished(_ id: UInt64, _ errno: Errno?) {
    guard let (timer, done) = flushes.removeValue(forKey: id) else { return }
    loop.cancel(timer)
    done(errno.map { .failed("cannot sync \(paths.logFile): \($0)") } ?? .written)
  }
}
