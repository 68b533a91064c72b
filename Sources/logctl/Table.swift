/// Columns as wide as what is in them.
struct Table {
  struct Column {
    let title: String
    var isNumber = false
    /// What has the highest is left out first where there is no room.
    var rank = 0
  }

  let columns: [Column]
  private var rows: [[(text: String, colour: Colour?)]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [(text: String, colour: Colour?)]) {
    precondition(cells.count == columns.count, "one cell a column")
    rows.append(cells)
  }

  /// As many columns as fit, the first by their rank.
  func lines(fitting width: Int) -> [StyledLine] {
    var shown = Array(columns.indices)
    while shown.count > 1, needed(shown) > width,
      let least = shown.max(by: { columns[$0].rank < columns[$1].rank })
    {
      shown.removeAll { $0 == least }
    }
    var table = Table(shown.map { columns[$0] })
    for row in rows { table.add(shown.map { row[$0] }) }
    return table.lines
  }

  private func needed(_ shown: [Int]) -> Int {
    shown.reduce(-2) { $0 + width($1) + 2 }
  }

  private func width(_ index: Int) -> Int {
    rows.reduce(columns[index].title.count) { max($0, Printable.text($1[index].text).count) }
  }

  var lines: [StyledLine] {
    let header = columns.map { (text: $0.title, colour: Colour?.some(.bold)) }
    let all = [header] + rows
    let widths = columns.indices.map(width)
    return all.map { cells in
      var line = StyledLine()
      for (index, cell) in cells.enumerated() {
        let missing = widths[index] - Printable.text(cell.text).count
        let padding = String(repeating: " ", count: missing)
        if columns[index].isNumber { line.add(padding) }
        line.add(cell.text, cell.colour)
        if index == cells.count - 1 { break }
        line.add(columns[index].isNumber ? "  " : padding + "  ")
      }
      return line
    }
  }
}
