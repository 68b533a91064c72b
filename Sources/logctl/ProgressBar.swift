internal import LogdPlatform

/// One line on standard error that shows how far something is: on a terminal only that can be drawn
/// over.
struct ProgressBar {
  private static let intervalNanoseconds: UInt64 = 100_000_000
  private let columns = StandardError.screenColumns
  private var shown = ""
  private var shownAt: UInt64 = 0

  /// - Parameter total: nil when it is not known.
  mutating func show(_ what: String, _ bytes: Int, of total: Int?) {
    guard let columns else { return }
    let now = Clock.monotonicNanoseconds()
    guard what != shown || now - shownAt >= Self.intervalNanoseconds else { return }
    shown = what
    shownAt = now
    var text = "\(what)  \(Printable.bytes(bytes))"
    if let total, total > 0 {
      let share = min(1, Double(bytes) / Double(total))
      let room = max(0, min(40, columns - what.count - 30))
      let filled = Int(share * Double(room))
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled)
      text = "\(what)  [\(bar)] \(Int(share * 100))%  \(Printable.bytes(bytes))"
    }
    StandardError.write("\r\u{1B}[K" + text.prefix(max(1, columns - 1)))
  }

  /// Leaves the terminal's line clean.
  func end() {
    if columns != nil, shownAt > 0 { StandardError.write("\r\u{1B}[K") }
  }
}
