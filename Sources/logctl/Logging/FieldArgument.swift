internal import ArgumentParser
internal import LogdClient

/// `KEY=VALUE` of a command line.
///
/// A value that is written as the log would write an integer or a truth value is one; every other is
/// text, so that nothing is lost: `007` and `1.10` stay what they are.
struct FieldArgument: ExpressibleByArgument, Sendable {
  let field: LogField
  /// What it takes of a record.
  let bytes: Int

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex,
      argument[..<equals].utf8.count <= 64
    else { return nil }
    let key = String(argument[..<equals])
    let value = String(argument[argument.index(after: equals)...])
    bytes = argument.utf8.count + 16
    if let number = Int(value), String(number) == value {
      field = .int(key, number)
    } else if value == "true" || value == "false" {
      field = .bool(key, value == "true")
    } else {
      field = .string(key, value)
    }
  }
}
