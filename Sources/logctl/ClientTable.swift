internal import LogdControl

/// One line a client.
struct ClientTable {
  private let clients: [ClientSnapshot]
  private let before: [[String]: ClientSnapshot]
  private let seconds: Double

  enum Order {
    case none
    /// Who loses records now first, then whose ring is fullest, then who logs most.
    case trouble
  }

  /// - Parameter since: the clients of an earlier moment and how long ago it was; with it there is
  ///   a column of rates.
  init(
    _ clients: [ClientSnapshot], since earlier: (clients: [ClientSnapshot], seconds: Double)?,
    by order: Order = .none
  ) {
    let before = Dictionary(
      (earlier?.clients ?? []).map { (Self.name($0), $0) }, uniquingKeysWith: { first, _ in first })
    self.before = before
    seconds = earlier?.seconds ?? 0
    self.clients =
      order == .none
      ? clients
      : clients.map { ($0, Self.rank($0, before[Self.name($0)])) }
        .sorted { $0.1 > $1.1 }.map { $0.0 }
  }

  /// What tells clients apart as long as nothing better is known: a process may have several.
  private static func name(_ client: ClientSnapshot) -> [String] {
    ["\(client.pid)", client.ident, client.door]
  }

  private static func rank(
    _ client: ClientSnapshot, _ before: ClientSnapshot?
  ) -> (UInt64, UInt64, UInt64) {
    let fill = client.ringBytes == 0 ? 0 : client.ringUsed * 10 / client.ringBytes
    guard let before, client.dropped >= before.dropped, client.records >= before.records else {
      return (client.dropped, fill, client.records)
    }
    return (client.dropped - before.dropped, fill, client.records - before.records)
  }

  var lines: [StyledLine] { table.lines }

  /// Without the columns that matter least where there is no room for them.
  func lines(fitting columns: Int) -> [StyledLine] { table.lines(fitting: columns) }

  private var table: Table {
    var table = Table(
      [
        .init(title: "PID", isNumber: true, rank: 0), .init(title: "IDENT", rank: 1),
        .init(title: "DOOR", rank: 8), .init(title: "UNIT", rank: 9),
        .init(title: "UID", isNumber: true, rank: 10),
        .init(title: "RECORDS", isNumber: true, rank: 6),
        .init(title: "RATE/S", isNumber: true, rank: 4),
        .init(title: "BYTES", isNumber: true, rank: 7),
        .init(title: "DROPPED", isNumber: true, rank: 2), .init(title: "RING", rank: 3),
        .init(title: "LAG", isNumber: true, rank: 5),
      ] + (hasText ? Self.textColumns : []))
    for client in clients { table.add(cells(client)) }
    return table
  }

  /// What only clients that send text can do wrong is shown when there are some.
  private var hasText: Bool { clients.contains { $0.door != "native" } }
  private static var textColumns: [Table.Column] {
    ["MALFORMED", "CUT", "SUPPRESSED"].map { .init(title: $0, isNumber: true, rank: 11) }
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
    guard let before = before[Self.name(client)], seconds > 0, client.records >= before.records
    else {
      return "-"
    }
    return Printable.number(Int(Double(client.records - before.records) / seconds))
  }
}
