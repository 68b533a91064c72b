internal import LogdControl
internal import LogdPlatform
internal import LogdWire

// What the service manager hears. On the I/O thread; waits for nobody.
extension Service {
  /// The state of the daemon in one line.
  func statusLine() -> String {
    let report = writer.report.snapshot
    var state = StatusSnapshot()
    describeState(report, &state)
    return lastStatusLine.text(
      state.state, reason: state.reason,
      clients: registry.count + (doors?.connections.count ?? 0),
      records: report.counters.written &+ report.counters.handedOff,
      now: Clock.monotonicNanoseconds())
  }

  /// What of the service manager is not as it should be.
  func tellOfManager(leftOver names: [String]) {
    if let failure = manager?.failure {
      writer.inbox.say(.warning, "no word to the service manager", [("reason", "\(failure)")])
    }
    for name in names {
      manager?.remove(name: name)  // or who waits at such a socket waits as long as it is kept
      writer.inbox.say(
        .warning, "closed a descriptor that the service manager handed over: no use for its name",
        [("name", name)])
    }
  }
}
