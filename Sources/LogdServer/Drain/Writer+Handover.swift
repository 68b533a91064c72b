internal import LogdPlatform
internal import LogdWire

/// Since when the file has not been asked to take records: `fallback`.
struct Fallback {
  let reason: String
  let since: UInt64
  let sinceWall: Int64
  /// Handed off before.
  let handedOff: UInt64
  var isSaid = false

  /// The file may have to clear its throat: an archive is removed, a file is made anew.
  static let graceNanoseconds: UInt64 = 250_000_000
  /// Room for some batches, or the file would be full again at once.
  static let roomBytes = 1 << 20
}

// Batches that journald gets in the place of the file: all (`only`), or those that the file does not
// take (`fallback`).
//
//             refused for longer than the grace,
//             nothing of the batch in the file
//   file ─────────────────────────────────────▶ journald ──every half second: a record that says
//     ▲                                            │        that it is over is written to the file──┐
//     └────────────────────────────────────────────┴────────────it is in the file───────────────────┘
//
// A batch of which the file has a part is finished there, whatever the mode: cut back it would be torn
// or doubled. So that this does not happen with a full disk, in `fallback` room is reserved for a
// batch before it is begun.
extension Writer {
  var handsOff: Bool { settings.journald.handoff.isOn }

  /// Without asking the file. In a fallback without a journald both are waited for.
  var goesToJournald: Bool {
    guard batch.count > 0 else { return false }
    return settings.journald.handoff == .only || fallback != nil && Journald.absence == nil
  }

  /// Journald has the batch when this returns, and it is counted in `after`.
  ///
  /// The ledger hears of it afterwards: whoever finds that a daemon died in here finds the records in
  /// their rings, and hands them over once more. So a crash doubles one batch at most, and loses none.
  func handOver(_ after: inout Counters) {
    sink.isBusy(Clock.monotonicNanoseconds())
    let taken = journal.deliver(handoff, report) { inbox.pause(nanoseconds: $0, orReopened: false) }
    handoff.removeAll()
    after.handedOff += taken
    after.dropped += counters.inBatch - taken
    ledger.note(
      file: sink.file.identity, offset: sink.file.offset, length: 0, rings: inBatch, after)
  }

  // MARK: falling back

  /// Whether journald takes the place of a file that refuses.
  func fallsBack() -> Bool {
    let now = Clock.monotonicNanoseconds()
    guard settings.journald.handoff == .fallback, let trouble = sink.trouble,
      now &- trouble.since >= Fallback.graceNanoseconds
    else { return false }
    if let errno = Journald.absence {
      report.handingWaits(since: now, errno)
      return false
    }
    report.handingEnded()
    if fallback == nil {
      fallback = Fallback(
        reason: trouble.reason, since: trouble.since, sinceWall: trouble.sinceWall,
        handedOff: counters.handedOff)
      report.fallsBack(from: counters.handedOff)
    }
    return true
  }

  /// The file again. What the log has to say of it.
  func endFallback() -> SelfRecord? {
    guard let fallback else { return nil }
    self.fallback = nil
    report.fallsBack(from: nil)
    report.handingEnded()
    sink.forgetNews()
    return news(of: fallback)
  }

  /// After a commit: what the log has to say of a fallback that has begun, or is over because the
  /// batch is in the file all the same.
  func endFallback(ifWritten after: Counters) -> SelfRecord? {
    guard let fallback else {
      report.handingEnded()
      return nil
    }
    if sink.trouble == nil { return endFallback() }
    guard !fallback.isSaid else { return nil }
    self.fallback?.isSaid = true
    return SelfRecord(
      .warning, "the log file cannot be written, records go to journald",
      [
        ("reason", fallback.reason), ("file", sink.file.path),
        ("since", Timestamp.text(fallback.sinceWall)),
      ])
  }

  private func news(of fallback: Fallback) -> SelfRecord {
    let now = Clock.monotonicNanoseconds()
    return SelfRecord(
      .warning, "the log file is written again, records in between are in the journal",
      [
        ("reason", fallback.reason), ("since", Timestamp.text(fallback.sinceWall)),
        ("milliseconds", "\((now &- fallback.since) / 1_000_000)"),
        ("records_in_journal", "\(counters.handedOff &- fallback.handedOff)"),
        ("bytes_waiting", "\(bytesWaiting)"),
      ])
  }

  /// When the file is asked again, CLOCK_MONOTONIC.
  var fileRetry: UInt64? { fallback == nil ? nil : sink.trouble?.retryAt }

  /// Between two batches, when it is time: writes the record that the fallback is over. If that gets
  /// into the file, it is.
  func tryFile() {
    guard let fallback, let retry = fileRetry, retry <= Clock.monotonicNanoseconds(),
      batch.count == 0, inBatch.isEmpty, case .took = sink.reserve(Fallback.roomBytes)
    else { return }
    let countersBefore = counters
    let record = news(of: fallback)
    write(record, key: ownKey)
    var after = countersAfter
    guard writeOut(&after) else {
      batch.count = 0
      handoff.removeAll()
      counters = countersBefore
      return
    }
    finish(after)
    _ = endFallback()  // it is said
    // The journal hears of it too, if it can.
    var copy = HandoffBatch(settings.limits)
    append(record, key: ownKey, to: &copy)
    journal.put(copy)
  }
}
