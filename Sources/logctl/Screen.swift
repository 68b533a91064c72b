/// A terminal that is drawn over again and again, ECMA-48.
enum Screen {
  /// The bytes that show `lines` from the top, cut to the size. The screen is cleared once only, so
  /// that it does not flicker.
  static func frame(
    _ lines: [StyledLine], isFirst: Bool, _ size: (rows: Int, columns: Int), _ style: Style
  ) -> String {
    var text = isFirst ? "\u{1B}[2J\u{1B}[H" : "\u{1B}[H"
    let shown = lines.prefix(max(1, size.rows - 1))
    for line in shown {
      text += line.cut(to: size.columns).text(style) + "\u{1B}[K\n"
    }
    return text + "\u{1B}[J"
  }
}
