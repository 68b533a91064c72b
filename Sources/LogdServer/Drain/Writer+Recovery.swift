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
        return tell(of: outcome)
      } catch {
        inbox.pause(nanoseconds: sink.refuse(error), orReopened: true)
        if let file = inbox.takeReopened() { change(to: file) }
      }
    }
  }

  private func tell(of outcome: LedgerRecovery.Outcome) {
    switch outcome {
    case .nothing: break
    case .completed(let missing, let path):
      say(
        SelfRecord(
          .notice, "finished the last batch of a daemon that was killed",
          [("file", path), ("bytes_missing", "\(missing)")]))
    case .movedToCurrent(let bytes):
      say(
        SelfRecord(
          .warning, "the log file of the last batch is gone, the batch is in this one",
          [("bytes", "\(bytes)")]))
    }
  }
}
