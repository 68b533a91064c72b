/// A place in a tree of actions, handed to another thread, process or machine: `UUID@/1/2`.
///
/// Made by ``LogAction/handOver()``, used once, by `action(_:_:continuing:_:)` there. The text is the one
/// of eliot and of our Python module, so a task may go on in another language.
public struct LogTaskID: Hashable, Sendable, LosslessStringConvertible {
  /// The longest text that is taken for one.
  public static let bytesMax = 512

  let uuid: String
  /// `/1/2`
  let level: String

  public var description: String { "\(uuid)@\(level)" }

  init(uuid: String, level: String) {
    self.uuid = uuid
    self.level = level
  }

  /// Nil unless it is `UUID@/1/2`: what comes before the `@` is anything visible in ASCII, the numbers
  /// have at most nine digits.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard text.utf8.count <= Self.bytesMax, parts.count == 2, !parts[0].isEmpty,
      parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }), Self.isLevel(parts[1])
    else { return nil }
    self.init(uuid: String(parts[0]), level: String(parts[1]))
  }

  private static func isLevel(_ text: Substring) -> Bool {
    text.first == "/"
      && text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        (1...9).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
          && ($0.utf8.first != 0x30 || $0.utf8.count == 1)
      }
  }

  /// The beginning of a task of its own: a random UUID, RFC 9562 version 4.
  static func root() -> LogTaskID {
    var random = SystemRandomNumberGenerator()
    let high: UInt64 = random.next() & ~0xF000 | 0x4000
    let low: UInt64 = random.next() & ~(3 << 62) | 1 << 63
    var text = ""
    for index in 0..<32 {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      let word = index < 16 ? high : low
      text += String(word >> (60 - 4 * (index % 16)) & 0xF, radix: 16)
    }
    return LogTaskID(uuid: text, level: "")
  }
}
