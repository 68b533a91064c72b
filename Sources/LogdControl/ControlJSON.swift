internal import FoundationEssentials

/// The small messages of control.sock; the large ones are ``JSONText``.
public enum ControlJSON {
  /// One line, members in the order of their names.
  public static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value))
    } catch {
      preconditionFailure("strings, numbers and flags can be encoded: \(error)")
    }
  }

  /// Any bytes whatever; throws what `Decodable` throws.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Collection<UInt8>
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
