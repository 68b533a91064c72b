/// One field of a record.
public struct LogField: Hashable, Sendable {
  /// The key as the client gave it, byte for byte, or with its `_` for a field of the daemon.
  public var key: [UInt8]
  public var value: FieldValue
  /// Whether the daemon vouches for it. A client's key may look the same, this cannot be imitated.
  public var isDaemons: Bool

  public init(key: [UInt8], value: FieldValue, isDaemons: Bool = false) {
    self.key = key
    self.value = value
    self.isDaemons = isDaemons
  }
}

/// The value of a field.
///
/// The file does not say how wide an integer was: what fits an `Int64` is read as `integer`,
/// what is greater as `unsigned`.
public enum FieldValue: Hashable, Sendable {
  case integer(Int64)
  case unsigned(UInt64)
  case double(Double)
  case bool(Bool)
  case string([UInt8])

  /// Equal when they are written alike: every nan is the same, and 0.0 is not -0.0.
  public static func == (a: FieldValue, b: FieldValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a == b
    case (.unsigned(let a), .unsigned(let b)): a == b
    case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let value): hasher.combine(value)
    case .unsigned(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value.isNaN ? 0 : value.bitPattern)
    case .bool(let value): hasher.combine(value)
    case .string(let value): hasher.combine(value)
    }
  }
}
