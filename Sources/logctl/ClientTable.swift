internal import LogdControl

/// One line a client.
struct ClientTable {
  private let clients: [ClientSnapshot]
  private let before: [Int32: ClientSnapshot]
  private let seconds: Double

  /// - Parameter since: the clients of an earlier moment and how long ago it was; with it there is
  ///   a column of rates.
  init(
    _ clients: [ClientSnapshot], since earlier: (clients: [ClientSnapshot], seconds: Double)?
  ) {
    self.clients = clients
    before = Dictionary(
      (earlier?.clients ?? []).map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
    seconds = earlier?.seconds ?? 0
  }

  var lines: [StyledLine] {
    var table = Table(
      [
        .init(title: "PID", isNumber: true), .init(title: "IDENT"), .init(title: "DOOR"),
        .init(title: "UNIT"),
        .init(title: "UID", isNumber: true), .init(title: "RECORDS", isNumber: true),
        .init(title: "RATE/S", isNumber: true), .init(title: "BYTES", isNumber: true),
        .init(title: "DROPPED", isNumber: true), .init(title: "RING"),
        .init(title: "LAG", isNumber: true),
      ] + (hasText ? Self.textColumns : []))
    for client in clients { table.add(cells(client)) }
    return table.lines
  }

  /// What only clients that send text can do wrong is shown when there are some.
  private var hasText: Bool { clients.contains { $0.door != "native" } }
  private static var textColumns: [Table.Column] {
    ["MALFORMED", "CUT", "SUPPRESSED"].map { .init(title: $0, isNumber: true) }
  }

  private func cells(_ client: ClientSnapshot) -> [(text: String, colour: Colour?)] {
    [
      ("\(client.pid)", nil), (client.ident, nil), (client.door, nil),
      (client.unit.isEmpty ? "-" : client.unit, nil),
      ("\(client.uid)", nil), (Printable.number(client.records), nil), (rate(client), nil),
      (Printable.bytes(client.bytes), nil),
      (Printable.number(client.dropped), client.dropped > 0 ? .red : nil),
      (
        RingBar.text(used: client.ringUsed, of: client.ringBytes),
        RingBar.colour(used: client.ringUsed, of: client.ringBytes)
      ),
      ("\(Printable.tenths(client.lagMilliseconds)) ms", nil),
    ]
      + (hasText ? [client.malformed, client.cut, client.suppressed] : []).map {
        (Printable.number($0), $0 > 0 ? .yellow : nil)
      }
  }

  /// A process of the same number that counts less than before is another one.
  private func rate(_ client: ClientSnapshot) -> String {
    guard let before = before[client.pid], seconds > 0, client.records >= before.records else {
      return "-"
    }
    return Printable.number(Int(Double(client.records - before.records) / seconds))
  }
}
