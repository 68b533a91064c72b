/// Columns as wide as what is in them.
struct Table {
  struct Column {
    let title: String
    var isNumber = false
  }

  let columns: [Column]
  private var rows: [[(text: String, colour: Colour?)]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [(text: String, colour: Colour?)]) {
    precondition(cells.count == columns.count, "one cell a column")
    rows.append(cells)
  }

  var lines: [StyledLine] {
    let header = columns.map { (text: $0.title, colour: Colour?.some(.bold)) }
    let all = [header] + rows
    let widths = columns.indices.map { index in
      all.map { Printable.text($0[index].text).count }.max() ?? 0
    }
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
