internal import LogdControl
internal import LogdPlatform
internal import LogdWire

extension TextDoors {
  /// A row for each connection of lines.sock, and for each process that has written to syslog.sock in
  /// the last minute.
  func clients() -> [ClientSnapshot] {
    let lines = connections.values.map { connection in
      var row = Self.row(connection.client, door: "lines")
      row.ringBytes = UInt64(intake.file.geometry.placeBytes)
      row.ringUsed =
        intake.file.received(connection.place) - intake.file.consumed(connection.place)
      return row
    }
    return lines + (syslog?.clients ?? []).map { Self.row($0, door: "syslog") }
  }

  private static func row(_ client: TextClient, door: String) -> ClientSnapshot {
    var row = ClientSnapshot()
    row.pid = client.peer.pid
    row.uid = client.peer.uid
    row.gid = client.peer.gid
    row.ident = client.ident.string
    row.unit = client.description.unit
    row.comm = client.description.comm
    row.door = door
    row.records = client.counts.records
    row.bytes = client.counts.bytes
    row.malformed = client.counts.malformed
    row.cut = client.counts.cut
    row.suppressed = client.counts.suppressed
    row.connectedSeconds = Service.seconds(since: client.connectedAt)
    return row
  }
}
