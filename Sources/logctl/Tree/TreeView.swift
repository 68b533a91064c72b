internal import LogdArchive
internal import LogdWire

/// A task as lines for people.
struct TreeView {
  private let style: Style
  private static let shown: Set = [
    "task_uuid", "task_level", "action_type", "action_status", "timestamp", "message_type",
    "duration", "exception", "reason",
  ]

  init(_ style: Style) { self.style = style }

  /// The task's number, and its first action with everything in it.
  func text(_ task: String, _ root: ActionNode) -> String {
    var lines = [StyledLine(task, .bold)]
    add(root, "└── ", "    ", besides: nil, to: &lines)
    return lines.map { $0.text(style) + "\n" }.joined()
  }

  /// - Parameters:
  ///   - branch: what stands before its line; `indent`: before those of its children.
  ///   - parent: whose process needs not be named again.
  private func add(
    _ node: ActionNode, _ branch: String, _ indent: String, besides parent: LogRecord?,
    to lines: inout [StyledLine]
  ) {
    lines.append(line(node, branch, besides: parent))
    let children = node.inOrder
    for (index, child) in children.enumerated() {
      let isLast = index == children.count - 1
      let branch = indent + (isLast ? "└── " : "├── ")
      switch child {
      case .message(let record): lines.append(line(record, branch, besides: node.first))
      case .action(let inner):
        let own = indent + (isLast ? "    " : "│   ")
        add(inner, branch, own, besides: node.first, to: &lines)
      }
    }
  }

  private func line(
    _ node: ActionNode, _ branch: String, besides parent: LogRecord?
  ) -> StyledLine {
    var line = StyledLine(branch, .dim)
    let type = (node.start ?? node.end)?.text(of: "action_type")
    line.add(
      type ?? (node.start == nil ? "(its beginning is missing)" : "(of no type)"), .bold)
    let outcome = node.end?.text(of: "action_status") ?? "unfinished"
    let colours: [String: Colour] = ["failed": .red, "unfinished": .yellow, "succeeded": .green]
    line.add(" ")
    line.add(outcome, colours[outcome])
    if node.end != nil {
      line.add(" \(duration(node).map(Self.duration) ?? "(of unknown duration)")")
    }
    if let first = node.first { addSource(first, besides: parent, to: &line) }
    if outcome == "failed" {
      line.add(" \(node.end?.text(of: "exception") ?? ""): \(node.end?.text(of: "reason") ?? "")")
    }
    for record in [node.start, node.end] { if let record { addFields(record, to: &line) } }
    return line
  }

  private func line(
    _ record: LogRecord, _ branch: String, besides parent: LogRecord?
  ) -> StyledLine {
    var line = StyledLine(branch, .dim)
    if record.severity != .info { line.add("\(record.severity.name) ", colour(record.severity)) }
    line.add(String(decoding: record.message, as: UTF8.self))
    addSource(record, besides: parent, to: &line)
    addFields(record, to: &line)
    return line
  }

  private func colour(_ severity: Severity) -> Colour? {
    if severity <= .error { return .red }
    return severity == .warning ? .yellow : severity == .debug ? .dim : nil
  }

  /// When and where, for the first of a task; where, for one of another process than its parent.
  private func addSource(
    _ record: LogRecord, besides parent: LogRecord?, to line: inout StyledLine
  ) {
    if let parent, parent.pid == record.pid, parent.ident == record.ident { return }
    line.add(" \(record.ident)[\(record.pid)]", .dim)
    if parent == nil { line.add(" \(record.timeText)", .dim) }
  }

  private func addFields(_ record: LogRecord, to line: inout StyledLine) {
    for field in record.fields {
      let key = String(decoding: field.key, as: UTF8.self)
      if field.isDaemons || !Self.shown.contains(key) { line.add(" \(key)=\(field.value.shown)") }
    }
  }

  /// As the action says; else by the times of its records. Nil: not known, or no duration at all.
  private func duration(_ node: ActionNode) -> Double? {
    guard let end = node.end else { return nil }
    if case .double(let seconds)? = end.value("duration") {
      return seconds.isFinite && seconds >= 0 ? seconds : nil
    }
    guard let start = node.start else { return nil }
    let (nanoseconds, overflow) = end.time.subtractingReportingOverflow(start.time)
    return overflow ? nil : Double(nanoseconds) / 1e9
  }

  /// `31.5 µs`, `2.4 ms`, `12.5 s`, `3 min 4 s`
  private static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: "\(Printable.tenths(seconds * 1e6)) µs"
    case ..<1: "\(Printable.tenths(seconds * 1e3)) ms"
    default: Printable.seconds(seconds)
    }
  }
}

extension LogRecord {
  /// The first word of its line.
  fileprivate var timeText: String {
    String(decoding: line(.text).prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
  }
}

extension FieldValue {
  /// Bare, or in quotes where it could be mistaken.
  fileprivate var shown: String {
    switch self {
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .double(let number): "\(number)"
    case .bool(let truth): "\(truth)"
    case .string(let bytes):
      bytes.isEmpty || bytes.contains(UInt8(ascii: " "))
        ? "\"\(String(decoding: bytes, as: UTF8.self))\"" : String(decoding: bytes, as: UTF8.self)
    }
  }
}
