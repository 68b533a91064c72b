internal import LogdControl
internal import LogdWire

/// The parameters of one call, each looked at once; what nobody asks for is an error.
///
/// Otherwise a misspelt `durable` would be a flush that is not.
struct ControlParameters {
  struct Invalid: Error, Equatable {
    let parameter: String
  }

  private var values: [String: VarlinkCall.Value]

  init(_ call: VarlinkCall) { values = (call.parameters ?? [:]).filter { $0.value != .null } }

  mutating func boolean(_ name: String) throws(Invalid) -> Bool? {
    guard let value = values.removeValue(forKey: name) else { return nil }
    guard case .boolean(let flag) = value else { throw Invalid(parameter: name) }
    return flag
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(Invalid) -> Int? {
    guard let value = values.removeValue(forKey: name) else { return nil }
    guard case .integer(let number) = value, range.contains(number) else {
      throw Invalid(parameter: name)
    }
    return number
  }

  /// One that must be there.
  mutating func string(_ name: String) throws(Invalid) -> String {
    guard case .string(let text) = values.removeValue(forKey: name) else {
      throw Invalid(parameter: name)
    }
    return text
  }

  /// A name of a severity, which must be there.
  mutating func severity(_ name: String) throws(Invalid) -> Severity {
    let text = try string(name)
    guard let severity = Severity.allCases.first(where: { "\($0.name)" == text }) else {
      throw Invalid(parameter: name)
    }
    return severity
  }

  func end() throws(Invalid) {
    if let name = values.keys.min() { throw Invalid(parameter: name) }
  }
}
