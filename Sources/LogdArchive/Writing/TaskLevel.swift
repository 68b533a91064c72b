/// The place of a record in a tree of actions, the field `task_level`: `/1/2`, in JSON `[1,2]`.
enum TaskLevel {
  static let key = Array("task_level".utf8)

  /// The list of a place; nil when the text is none and stays text.
  static func list(_ text: [UInt8]) -> [UInt8]? {
    let slash = UInt8(ascii: "/")
    guard text.first == slash else { return nil }
    let numbers = text.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
    let areNumbers = numbers.allSatisfy { number in
      (1...9).contains(number.count) && number.allSatisfy { $0 &- 0x30 < 10 }
        && (number.first != 0x30 || number.count == 1)
    }
    guard areNumbers else { return nil }
    return Array("[".utf8) + numbers.joined(separator: ",".utf8) + "]".utf8
  }
}
