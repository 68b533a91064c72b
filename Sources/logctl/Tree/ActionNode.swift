internal import LogdArchive

/// One action of a task: its two records, and what happened in between.
final class ActionNode {
  enum Child {
    case message(LogRecord)
    case action(ActionNode)
  }

  /// Deeper trees are no trees of programs; so that no line can make a thousand nodes.
  static let depthMax = 128

  private(set) var start: LogRecord?
  private(set) var end: LogRecord?
  /// The number of the end, one more than those of all that it follows.
  private var endNumber = 0
  private var children: [Int: Child] = [:]

  /// Puts a record where its level says.
  func insert(_ record: LogRecord, at level: ArraySlice<Int>) {
    guard let number = level.first else { return }
    guard level.count == 1 else { return action(number).insert(record, at: level.dropFirst()) }
    switch record.text(of: "action_status") {
    case "started": start = record
    case nil: children[number] = .message(record)
    default:
      end = record
      endNumber = number
    }
  }

  private func action(_ number: Int) -> ActionNode {
    if case .action(let node) = children[number] { return node }
    let node = ActionNode()
    children[number] = .action(node)
    return node
  }

  /// Whether nothing of it can still come.
  var isComplete: Bool {
    start != nil && end != nil && children.count == endNumber - 2
      && children.values.allSatisfy {
        if case .action(let node) = $0 { node.isComplete } else { true }
      }
  }

  /// In the order of their numbers.
  var inOrder: [Child] { children.sorted { $0.key < $1.key }.map(\.value) }

  /// The first record that is there, of itself or within it.
  var first: LogRecord? {
    if let start { return start }
    for child in inOrder {
      switch child {
      case .message(let record): return record
      case .action(let node): if let record = node.first { return record }
      }
    }
    return end
  }
}

extension LogRecord {
  /// The text of a field, if it is one.
  func text(of key: String) -> String? {
    guard case .string(let bytes)? = value(key) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Task and place of a record that is part of one: numbers from the root on.
  var place: (task: String, level: [Int])? {
    guard let task = text(of: "task_uuid"), let text = text(of: "task_level"), text.first == "/"
    else { return nil }
    let numbers = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    let level = numbers.prefix(ActionNode.depthMax + 1).compactMap { Int($0) }
    guard level.count == numbers.count, level.count <= ActionNode.depthMax,
      level.allSatisfy({ $0 >= 0 })
    else { return nil }
    return (task, level)
  }
}
