internal import LogdPlatform

/// Colours of a terminal, ECMA-48 SGR.
enum Colour: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"
  case dim = "2"
}

/// Whether there are colours: on a terminal, unless NO_COLOR says otherwise (https://no-color.org).
struct Style {
  let hasColours: Bool

  static var current: Style {
    let refused = Environment.current.variables["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Style(hasColours: StandardOutput.isTerminal && !refused)
  }

  func paint(_ text: String, _ colour: Colour?) -> String {
    guard hasColours, let colour else { return text }
    return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }
}

/// A line of output, in pieces of one colour each.
struct StyledLine {
  private(set) var pieces: [(text: String, colour: Colour?)] = []

  init(_ text: String = "", _ colour: Colour? = nil) { add(text, colour) }

  /// Adds text, without whatever would steer the terminal.
  mutating func add(_ text: String, _ colour: Colour? = nil) {
    if !text.isEmpty { pieces.append((Printable.text(text), colour)) }
  }

  func text(_ style: Style) -> String {
    pieces.map { style.paint($0.text, $0.colour) }.joined()
  }

  /// What fits into so many columns.
  func cut(to columns: Int) -> StyledLine {
    var line = StyledLine()
    var room = columns
    for piece in pieces {
      line.add(String(piece.text.prefix(room)), piece.colour)
      room = max(0, room - piece.text.count)
    }
    return line
  }
}
