/// Where and why a line is not a record as <doc:Format> has it.
///
/// Found in files that a crash of the machine, another program or an editor has touched; the
/// daemon itself writes no such line.
public struct Damage: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: String, Hashable, Sendable {
    case time = "no UTC time with six digits of a second"
    case severity = "no severity"
    case ident = "no ident"
    case pid = "no pid"
    case uid = "no uid"
    case layout = "not the layout of a record"
    case quoting = "quoted where it should be bare, or bare where it should be quoted"
    case unclosed = "a quoted string without an end"
    case escape = "an unknown escape"
    case raw = "a byte that should have been escaped"
    case key = "no key"
    case value = "no value"
  }

  public let reason: Reason
  /// Bytes from the beginning of the line.
  public let offset: Int

  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  public var description: String { "\(reason.rawValue) at byte \(offset)" }
}
