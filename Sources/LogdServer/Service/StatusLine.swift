internal import LogdControl
internal import LogdPlatform

/// The line that `systemctl status` shows: state, clients, records, and how many of these came each
/// second since it was looked at last.
struct StatusLine {
  private var last: (records: UInt64, at: UInt64)?

  mutating func text(
    _ state: StatusSnapshot.State, reason: String, clients: Int, records: UInt64, now: UInt64
  ) -> String {
    var text = reason.isEmpty ? state.rawValue : "\(state.rawValue): \(reason)"
    text += "; \(clients) \(clients == 1 ? "client" : "clients"), \(records) records written"
    if let last, now > last.at {
      let seconds = Double(now - last.at) / 1e9
      text += ", \(UInt64(Double(records &- last.records) / seconds)) a second"
    }
    last = (records, now)
    // A newline would begin another assignment: the reason may have a file's name in it.
    return String(text.map { $0.isNewline ? " " : $0 })
  }
}
