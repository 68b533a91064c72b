/// How full a ring is, as a bar: `[####......]  40%`.
enum RingBar {
  private static let cells = 10

  static func text(used: UInt64, of capacity: UInt64) -> String {
    let share = fraction(used, capacity)
    let filled = Int((share * Double(cells)).rounded(.up))
    let bar =
      String(repeating: "#", count: filled)
      + String(repeating: ".", count: cells - filled)
    let percent = "\(Int((share * 100).rounded()))%"
    return "[\(bar)] " + String(repeating: " ", count: 4 - percent.count) + percent
  }

  /// Yellow from a half on: there the daemon no longer waits for order; red when it is nearly full.
  static func colour(used: UInt64, of capacity: UInt64) -> Colour? {
    switch fraction(used, capacity) {
    case ..<0.5: nil
    case ..<0.9: .yellow
    default: .red
    }
  }

  private static func fraction(_ used: UInt64, _ capacity: UInt64) -> Double {
    capacity == 0 ? 0 : min(1, Double(used) / Double(capacity))
  }
}
