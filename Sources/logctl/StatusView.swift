internal import LogdControl

/// The status for people: what matters most in front.
struct StatusView {
  private let status: StatusSnapshot
  private let before: StatusSnapshot?
  private let seconds: Double

  /// - Parameter since: an earlier status of the same daemon, for rates.
  init(_ status: StatusSnapshot, since before: StatusSnapshot?) {
    let isSame = before.map { $0.pid == status.pid } ?? false
    self.status = status
    self.before = isSame ? before : nil
    seconds = isSame ? status.uptimeSeconds - (before?.uptimeSeconds ?? 0) : 0
  }

  var lines: [StyledLine] {
    status.clients.isEmpty ? summary : summary + [StyledLine()] + clientTable(by: .none).lines
  }

  /// Without the clients.
  var summary: [StyledLine] {
    [stateLine, fileLine, recordsLine] + nowLines + [rateLine, ringsLine, processLine]
  }

  func clientTable(by order: ClientTable.Order) -> ClientTable {
    ClientTable(status.clients, since: before.map { ($0.clients, seconds) }, by: order)
  }

  /// What has been lost since the earlier status.
  private var nowLines: [StyledLine] {
    guard let before else { return [] }
    let daemon = status.recordsDropped &- before.recordsDropped
    let producers = status.producerDropped &- before.producerDropped
    let suppressed = status.recordsSuppressed &- before.recordsSuppressed
    guard daemon > 0 || producers > 0 || suppressed > 0 else { return [] }
    var line = label("lost")
    line.add(
      "in the last \(Printable.seconds(seconds)): \(Printable.number(daemon)) by the daemon, "
        + "\(Printable.number(producers)) by producers, "
        + "\(Printable.number(suppressed)) over a limit", .red)
    return [line]
  }

  private var stateLine: StyledLine {
    var line = label("state")
    switch status.state {
    case .running: line.add("running", .green)
    case .degraded: line.add("degraded", .red)
    case .draining: line.add("draining", .yellow)
    }
    if !status.reason.isEmpty { line.add(": \(status.reason)") }
    return line
  }

  private var fileLine: StyledLine {
    let file = status.file
    var line = label("file")
    if file.path.isEmpty {
      line.add("none, records go to journald")
      return line
    }
    line.add("\(file.path)  \(Printable.bytes(file.bytes))")
    line.add(", \(Printable.bytes(file.syncedBytes)) synced")
    if file.rotations > 0 { line.add(", \(Printable.number(file.rotations)) rotations") }
    if file.suspectBytes > 0 {
      line.add(", \(Printable.bytes(file.suspectBytes)) in doubt", .red)
    }
    if !file.lastError.isEmpty { line.add("  last error: \(file.lastError)", .red) }
    return line
  }

  private var recordsLine: StyledLine {
    var line = label("records")
    line.add("\(Printable.number(status.recordsWritten)) written")
    if status.recordsHandedOff > 0 {
      line.add(", \(Printable.number(status.recordsHandedOff)) handed over to journald")
    }
    line.add(", \(Printable.number(status.recordsInBatch)) in the batch")
    line.add(", \(Printable.number(status.recordsLate)) late")
    let dropped = status.recordsDropped
    let lost = status.producerDropped
    line.add(", \(Printable.number(dropped)) dropped", dropped > 0 ? .red : nil)
    line.add(", \(Printable.number(lost)) dropped by producers", lost > 0 ? .red : nil)
    return line
  }

  /// Since the earlier status, or since the start.
  private var rateLine: StyledLine {
    var line = label("rate")
    let span = before == nil ? status.uptimeSeconds : seconds
    let records =
      status.recordsWritten &+ status.recordsHandedOff
      &- (before.map { $0.recordsWritten &+ $0.recordsHandedOff } ?? 0)
    let bytes = status.bytesWritten &- (before?.bytesWritten ?? 0)
    if span > 0 {
      line.add("\(Printable.number(Int(Double(records) / span))) records/s")
      line.add(", \(Printable.bytes(Int(Double(bytes) / span)))/s")
      if before == nil { line.add(" since the start") }
    } else {
      line.add("-")
    }
    return line
  }

  private var ringsLine: StyledLine {
    let rings = status.rings
    var line = label("rings")
    line.add(
      RingBar.text(used: rings.bytesUsed, of: rings.bytesCapacity),
      RingBar.colour(used: rings.bytesUsed, of: rings.bytesCapacity))
    line.add(" of \(Printable.bytes(rings.bytesCapacity)) in \(rings.count) rings")
    line.add(", \(Printable.bytes(status.bytesUnparsed)) not yet read")
    return line
  }

  private var processLine: StyledLine {
    var line = label("daemon")
    line.add("logd \(status.version), pid \(status.pid)")
    line.add(", up \(Printable.seconds(status.uptimeSeconds))")
    line.add(", \(Printable.bytes(status.memoryBytes)) memory")
    line.add(", \(Printable.number(status.batches)) batches")
    line.add(", \(Printable.number(status.wakeups)) wakeups")
    return line
  }

  private func label(_ text: String) -> StyledLine { Self.label(text) }

  static func label(_ text: String) -> StyledLine {
    StyledLine(text + String(repeating: " ", count: max(1, 9 - text.count)), .dim)
  }
}
