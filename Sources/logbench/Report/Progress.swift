internal import Glibc

/// Says on standard error what is being measured: on a terminal in one line that is rewritten,
/// otherwise a line each.
struct Progress: Sendable {
  private let isTerminal = isatty(2) == 1
  private let isQuiet: Bool

  init(quiet: Bool = false) { isQuiet = quiet }

  func say(_ text: String) {
    guard !isQuiet else { return }
    write(isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n")
  }

  /// Leaves the terminal's line clean.
  func end() {
    if isTerminal, !isQuiet { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe Glibc.write(2, bytes, bytes.count)  // nobody to tell when it fails
  }
}
