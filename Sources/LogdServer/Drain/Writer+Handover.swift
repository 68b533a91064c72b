internal import LogdPlatform
internal import LogdWire

// Batches that journald gets in the place of the file.
extension Writer {
  var handsOff: Bool { settings.journald.handoff.isOn }

  /// Journald has the batch when this returns. The counters after it.
  ///
  /// The ledger hears of it afterwards: whoever finds that a daemon died in here finds the records in
  /// their rings, and hands them over once more. So a crash doubles one batch at most, and loses none.
  func handOver() -> Counters {
    sink.isBusy(Clock.monotonicNanoseconds())
    let taken = journal.deliver(handoff, report) { inbox.pause(nanoseconds: $0, orReopened: false) }
    handoff.removeAll()
    var after = countersAfter
    after.handedOff += taken
    after.dropped += counters.inBatch - taken
    ledger.note(
      file: sink.file.identity, offset: sink.file.offset, length: 0, rings: inBatch, after)
    return after
  }
}
