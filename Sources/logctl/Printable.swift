/// Text for people.
enum Printable {
  /// Without what steers a terminal: a process chooses its name itself.
  static func text(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
          default: scalar
          }
        }))
  }

  /// `1,234,567`
  static func number(_ number: some BinaryInteger) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// `12.3 MiB`
  static func bytes(_ bytes: some BinaryInteger) -> String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 { return "\(unit == "B" ? "\(bytes)" : tenths(value)) \(unit)" }
      value /= 1024
    }
    return "\(tenths(value)) TiB"
  }

  /// `3 d 4 h`, `12.5 s`
  static func seconds(_ seconds: Double) -> String {
    guard seconds >= 60 else { return "\(tenths(max(0, seconds))) s" }
    let whole = Int(min(seconds, 1e15))
    let units = [
      ("d", whole / 86_400), ("h", whole / 3600 % 24), ("min", whole / 60 % 60), ("s", whole % 60),
    ]
    return units.drop { $0.1 == 0 }.prefix(2).map { "\($0.1) \($0.0)" }.joined(separator: " ")
  }

  /// `12.3`
  static func tenths(_ value: Double) -> String {
    let scaled = Int((min(abs(value), 1e15) * 10).rounded())
    return "\(value < 0 ? "-" : "")\(scaled / 10).\(scaled % 10)"
  }
}
