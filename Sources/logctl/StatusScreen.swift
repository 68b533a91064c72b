internal import LogdControl
internal import LogdPlatform

/// The status as a screen that is looked at while something is wrong: the state and its reason,
/// what is happening now, and the clients that suffer most in front.
struct StatusScreen {
  private var history = RateHistory()
  private var status: StatusSnapshot?
  private var before: StatusSnapshot?
  private var trouble: String?
  private let isUnicode = Environment.current.hasUnicode

  /// A new status; a daemon that was restarted counts from where the last one ended, but not its
  /// uptime.
  mutating func show(_ new: StatusSnapshot) {
    before = status
    status = new
    trouble = nil
    guard let before, before.pid == new.pid, new.uptimeSeconds > before.uptimeSeconds else {
      return
    }
    let records = Double(new.recordsWritten &- before.recordsWritten)
    history.add(records / (new.uptimeSeconds - before.uptimeSeconds))
  }

  /// No answer: what was known last stays, under the reason.
  mutating func show(trouble: String) {
    self.trouble = trouble
    history.add(0)
  }

  func lines(rows: Int, columns: Int) -> [StyledLine] {
    guard let status else { return [] }
    let view = StatusView(status, since: before)
    var lines =
      trouble.map { [StyledLine($0, .red), StyledLine("what was known last:", .dim)] } ?? []
    lines += view.summary
    lines.insert(contentsOf: trendLines(columns), at: lines.count - 2)
    let room = rows - 2 - lines.count
    guard room >= 2, !status.clients.isEmpty else { return lines }
    return lines + [StyledLine()] + clientLines(view.clientTable(by: .trouble), room, columns)
  }

  private func trendLines(_ columns: Int) -> [StyledLine] {
    guard history.peak > 0 else { return [] }
    var line = StatusView.label("trend")
    line.add(history.bars(columns - 9 - 20, isUnicode: isUnicode), .green)
    line.add("  peak \(Printable.number(Int(history.peak)))/s", .dim)
    return [line]
  }

  private func clientLines(_ table: ClientTable, _ room: Int, _ columns: Int) -> [StyledLine] {
    let lines = table.lines(fitting: columns)
    if lines.count <= room { return lines }
    let hidden = lines.count - (room - 1)
    return lines.prefix(room - 1) + [StyledLine("and \(hidden) more clients", .dim)]
  }
}
