/// Colours the severity of lines in the text format.
struct LinePaint {
  private let style: Style

  init(_ style: Style) { self.style = style }

  /// Whole lines in, whole lines out; untouched where there are no colours.
  func callAsFunction(_ block: [UInt8]) -> [UInt8] {
    guard style.hasColours else { return block }
    var out: [UInt8] = []
    for line in block.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      out += painted(line)
      out.append(UInt8(ascii: "\n"))
    }
    out.removeLast()
    return out
  }

  /// The second word is the severity.
  private func painted(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let space = UInt8(ascii: " ")
    guard let first = line.firstIndex(of: space),
      let second = line[(first + 1)...].firstIndex(of: space),
      let colour = colour(line[(first + 1)..<second])
    else { return line }
    let word = String(decoding: line[(first + 1)..<second], as: UTF8.self)
    return line[...first] + Array(style.paint(word, colour).utf8) + line[second...]
  }

  private func colour(_ severity: ArraySlice<UInt8>) -> Colour? {
    switch String(decoding: severity, as: UTF8.self) {
    case "emerg", "alert", "crit", "err": .red
    case "warning": .yellow
    case "debug": .dim
    default: nil
    }
  }
}
