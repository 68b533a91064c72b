/// A key and a value of a record.
///
/// Made in the call and written straight into the ring, nothing is allocated for it. A key has 1…64
/// bytes; a longer one is cut, a field with an empty key is left out and the record marked as cut.
public struct LogField: Sendable {
  @usableFromInline enum Value: Sendable {
    case string(String)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case bool(Bool)
  }

  @usableFromInline let key: String
  @usableFromInline let value: Value

  @inlinable @inline(__always)
  init(_ key: String, _ value: Value) {
    self.key = key
    self.value = value
  }

  /// Text; on one line in the log whatever it holds.
  @inlinable @inline(__always)
  public static func string(_ key: String, _ value: String) -> LogField {
    LogField(key, .string(value))
  }

  @inlinable @inline(__always)
  public static func int(_ key: String, _ value: Int) -> LogField {
    LogField(key, .int(Int64(value)))
  }

  @inlinable @inline(__always)
  public static func int(
    _ key: String, _ value: some FixedWidthInteger & SignedInteger
  ) -> LogField {
    LogField(key, .int(Int64(clamping: value)))
  }

  @inlinable @inline(__always)
  public static func uint(_ key: String, _ value: UInt) -> LogField {
    LogField(key, .uint(UInt64(value)))
  }

  @inlinable @inline(__always)
  public static func uint(
    _ key: String, _ value: some FixedWidthInteger & UnsignedInteger
  ) -> LogField {
    LogField(key, .uint(UInt64(clamping: value)))
  }

  @inlinable @inline(__always)
  public static func double(_ key: String, _ value: Double) -> LogField {
    LogField(key, .double(value))
  }

  @inlinable @inline(__always)
  public static func bool(_ key: String, _ value: Bool) -> LogField { LogField(key, .bool(value)) }
}
