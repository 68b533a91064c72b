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
    // First: it may look at the rings, which the writer does else.
    describeState(report, &status)
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
    status.severity = "\(registry.severity.name)"
    status.recordsLate = counters.late
    status.wakeups = counters.wakeups
    status.producerDropped = counters.droppedByProducers
    for ring in rings {
      status.producerDropped &+= ring.statistics.dropped.load(ordering: .relaxed)
    }
    status.clients = clientRows
    status.rings.count = rings.count { $0.room == nil }
    status.rings.bytesCapacity = UInt64(registry.ringBytes)
    if let intake = doors?.intake.file {
      status.rings.bytesCapacity += UInt64(intake.geometry.dataBytes)
      status.linesMalformed = intake.totals.malformed
      status.linesCut = intake.totals.cut
      status.recordsSuppressed = intake.totals.suppressed
    }
    status.rings.bytesUsed = rings.reduce(0) { $0 + $1.statistics.bytesUsed }
    status.bytesUnparsed = status.rings.bytesUsed
    status.memoryBytes = memory.byteCount
    status.file.path = report.file.handle.path
    status.file.bytes = report.file.bytes
    status.file.syncedBytes = report.file.syncedBytes
    describeJournald(report, &status)
    status.file.rotations = rotator.rotations
    status.file.suspectBytes = report.file.suspectBytes
    return status
  }

  private func describeJournald(_ report: WriterReport.Snapshot, _ status: inout StatusSnapshot) {
    let copies = writer.journal.report
    status.journald.handoff = configuration.journald.handoff.rawValue
    status.journald.isInPlaceOfFile = report.fallback != nil || report.file.handle.isAbsent
    status.journald.records = copies.records
    status.journald.dropped = copies.dropped
    status.journald.queuedBytes = UInt64(copies.queuedBytes)
    let since = report.handing?.since ?? copies.callingSince
    status.journald.stuckSeconds = since > 0 ? Self.seconds(since: since) : 0
  }

  /// What `state`, `reason` and the file's `last_error` say.
  func describeState(_ report: WriterReport.Snapshot, _ status: inout StatusSnapshot) {
    var reasons: [String] = []
    if isStopping {
      status.state = .draining
      reasons.append("stopping: writing what was published before the signal")
    }
    let now = Clock.monotonicNanoseconds()
    status.file.lastError = report.diskTrouble(now)?.what ?? ""
    for trouble in [report.journaldTrouble(now), report.diskTrouble(now)].compactMap(\.self) {
      if !isStopping { status.state = .degraded }
      reasons.append(
        "\(trouble.what), for \(Int(Self.seconds(since: trouble.since))) s; "
          + describe(trouble.fate, report))
    }
    status.reason = reasons.joined(separator: "; ")
  }

  private func describe(_ fate: DiskTrouble.Fate, _ report: WriterReport.Snapshot) -> String {
    switch fate {
    case .wait: "\(bytesWaiting()) bytes of records wait in the rings"
    case .handedOff(let count): "records go to journald, \(count) so far"
    case .inDoubt: "\(report.file.suspectBytes) bytes of the file are in doubt"
    }
  }

  func clients() -> [ClientSnapshot] {
    var status = StatusSnapshot()
    describeState(writer.report.snapshot, &status)  // looks at the rings, as for the status
    return clientRows
  }

  private var clientRows: [ClientSnapshot] { nativeClients() + (doors?.clients() ?? []) }

  private func nativeClients() -> [ClientSnapshot] {
    let scratch = registry.scratch
    return registry.all.compactMap { client in
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
      if row.ringUsed > 0, let scratch, let oldest = ring.oldestStamp(scratch.memory) {
        row.lagMilliseconds = Self.seconds(since: oldest) * 1000
      }
      row.connectedSeconds = Self.seconds(since: client.connectedAt)
      return row
    }
  }

  static func seconds(since instant: UInt64) -> Double {
    let now = Clock.monotonicNanoseconds()
    return now > instant ? Double(now - instant) / 1e9 : 0
  }

  /// Until a reload or a restart. The producers know it at once, also while the writer waits for the
  /// disk; what they have published by then the writer leaves out.
  func setSeverity(_ severity: Severity, by peer: ControlPeer) {
    configuration.filter.severity = severity
    applyWriterSettings()
    writer.inbox.say(
      .notice, "the least severity was set",
      [
        ("severity", "\(severity.name)"), ("by_pid", "\(peer.pid)"), ("by_uid", "\(peer.uid)"),
      ])
  }

  func follow(_ socket: consuming Descriptor) -> Bool { following.add(socket) }

  func rotate(_ done: @escaping (Result<String?, SystemError>) -> Void) { rotator.rotate(done) }
}
