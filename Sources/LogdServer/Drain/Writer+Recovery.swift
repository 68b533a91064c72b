internal import LogdPlatform
internal import LogdWire

extension Writer {
  /// Before anything else: the batch that the daemon before this one was writing, however long the
  /// disk takes. Records wait in their rings meanwhile, and the status says why.
  func recover(_ stored: [LogFile]) {
    while true {
      do throws(SystemError) {
        let outcome = try LedgerRecovery(
          ledger: ledger, current: sink.file, stored: stored
        ).run()
        sink.recovered()
        counters = ledger.counters
        report.publish(counters)
        fileEvents.recovered()
        record(of: outcome).map(say)
        return
      } catch {
        inbox.pause(nanoseconds: sink.refuse(error), orReopened: true)
        if let next = inbox.takeNextFile() { change(to: next) }
      }
    }
  }

  /// Reads the rings of the daemon before as they come, while the I/O thread takes up the next ones.
  /// Nothing is written before the last has come, so that all they hold is in order, and in as few
  /// batches as can be: the clients hear of it after that.
  func takeUp() {
    let start = Clock.monotonicNanoseconds()
    var isPressing = false
    var count = 0
    isTakingUp = true
    while true {
      let ticket = inbox.alarm.ticket
      takeInbox()
      isPressing = load(active[count...], start) || isPressing
      count = active.count
      if tookUp != nil { break }
      inbox.alarm.wait(ticket, nanoseconds: nil)
    }
    wall.update()
    _ = write(start, begun: start, isPressing: isPressing)
    isTakingUp = false
    tookUp?()
  }

  private func record(of outcome: LedgerRecovery.Outcome) -> SelfRecord? {
    switch outcome {
    case .nothing: nil
    case .completed(let missing, let path):
      SelfRecord(
        .notice, "finished the last batch of a daemon that was killed",
        [("file", path), ("bytes_missing", "\(missing)")])
    case .movedToCurrent(let bytes):
      SelfRecord(
        .warning, "the log file of the last batch is gone, the batch is in this one",
        [("bytes", "\(bytes)")])
    case .continued(let missing, let reason):
      SelfRecord(
        .warning, "the log file of the last batch takes no more, the rest is in this one",
        [("bytes_missing", "\(missing)"), ("reason", "\(reason)")])
    }
  }
}
