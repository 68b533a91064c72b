internal import LogdControl
internal import LogdWire

/// One key of the configuration: the single place that knows its name, what it takes, what it
/// does, and where the value goes.
///
/// Parsing, `--set`, `--print-config` and `config/logd.toml` all come from ``all``, so none of them
/// can disagree with another.
struct ConfigurationKey: Sendable {
  /// `ring.size`
  let path: String
  /// What a value must be: fits after "expected".
  let expectation: String
  /// What it is for and what it costs: the comment in `config/logd.toml`, one string a line.
  let documentation: [String]
  /// Puts a value in its place; `false`: it is not what was expected.
  let store: @Sendable (Scalar, inout Configuration) -> Bool
  /// The value as TOML.
  let literal: @Sendable (Configuration) -> String

  /// The part of the path before the last dot: `listen.native`.
  var section: Substring { path[..<(path.lastIndex(of: ".") ?? path.startIndex)] }
  /// The part after it: `enabled`.
  var name: Substring { path[path.index(after: path.lastIndex(of: ".") ?? path.startIndex)...] }

  /// A value before its key has looked at it.
  enum Scalar: Sendable, CustomStringConvertible {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    /// From a command line, which has no types.
    case word(String)

    var string: String? {
      switch self {
      case .string(let text), .word(let text): text
      case .integer, .boolean: nil
      }
    }

    var integer: Int? {
      switch self {
      case .integer(let number): number
      case .word(let text): Int(text)
      case .string, .boolean: nil
      }
    }

    var boolean: Bool? {
      switch self {
      case .boolean(let flag): flag
      case .word(let text): Bool(text)
      case .string, .integer: nil
      }
    }

    /// As it was written.
    var description: String {
      switch self {
      case .string(let text), .word(let text): quoted(text)
      case .integer(let number): "\(number)"
      case .boolean(let flag): "\(flag)"
      }
    }
  }

  typealias Place<Value> = WritableKeyPath<Configuration, Value> & Sendable
}

extension ConfigurationKey {
  static func flag(_ path: String, _ place: any Place<Bool>, _ lines: String...) -> Self {
    Self(path, "true or false", lines, place) {
      $0.boolean
    } literal: {
      "\($0)"
    }
  }

  static func count(
    _ path: String, _ place: any Place<Int>, _ range: ClosedRange<Int>, _ lines: String...
  ) -> Self {
    Self(path, "a number from \(range.lowerBound) to \(range.upperBound)", lines, place) {
      $0.integer.flatMap { range.contains($0) ? $0 : nil }
    } literal: {
      "\($0)"
    }
  }

  static func size(
    _ path: String, _ place: any Place<Int>, _ range: ClosedRange<Int>, powerOfTwo: Bool = false,
    _ lines: String...
  ) -> Self {
    let bounds =
      "\(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
    let expectation = "a size from \(bounds)\(powerOfTwo ? ", a power of two" : "")"
    return Self(path, expectation, lines, place) { scalar in
      guard let bytes = scalar.integer ?? scalar.string.flatMap(Quantity.bytes) else { return nil }
      guard range.contains(bytes) else { return nil }
      return powerOfTwo && bytes & (bytes - 1) != 0 ? nil : bytes
    } literal: {
      quoted(Quantity.text(bytes: $0))
    }
  }

  static func duration(
    _ path: String, _ place: any Place<UInt64>, _ range: ClosedRange<UInt64>, _ lines: String...
  ) -> Self {
    let low = Quantity.text(nanoseconds: range.lowerBound)
    let high = Quantity.text(nanoseconds: range.upperBound)
    return Self(path, "a duration from \(low) to \(high)", lines, place) { scalar in
      scalar.string.flatMap(Quantity.nanoseconds).flatMap { range.contains($0) ? $0 : nil }
    } literal: {
      quoted(Quantity.text(nanoseconds: $0))
    }
  }

  static func severity(_ path: String, _ place: any Place<Severity>, _ lines: String...) -> Self {
    let names = Severity.allCases.map { "\"\($0.name)\"" }.joined(separator: ", ")
    return Self(path, "one of \(names)", lines, place) { scalar in
      Severity.allCases.first { "\($0.name)" == scalar.string }
    } literal: {
      quoted("\($0.name)")
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ place: any Place<Choice>, _ lines: String...
  ) -> Self {
    let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    return Self(path, names, lines, place) { scalar in
      scalar.string.flatMap { Choice(rawValue: $0) }
    } literal: {
      quoted($0.rawValue)
    }
  }

  /// Permission bits. As a string, because a TOML number that begins with 0 is an error.
  static func mode(_ path: String, _ place: any Place<UInt32>, _ lines: String...) -> Self {
    Self(path, "an octal mode from \"0000\" to \"0777\"", lines, place) { scalar in
      guard let digits = scalar.string, digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
        let mode = UInt32(digits, radix: 8), mode <= 0o777
      else { return nil }
      return mode
    } literal: { mode in
      let digits = String(mode, radix: 8)
      return quoted(String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
    }
  }

  /// A name, or nothing: the empty string.
  static func name(
    _ path: String, _ place: any Place<String?>, _ expectation: String,
    where isGood: @escaping @Sendable (String) -> Bool, _ lines: String...
  ) -> Self {
    Self(path, "\(expectation), or \"\"", lines, place) { scalar -> String?? in
      guard let text = scalar.string else { return nil }
      if text.isEmpty { return .some(nil) }
      return isGood(text) ? .some(text) : nil
    } literal: {
      quoted($0 ?? "")
    }
  }

  private init<Value>(
    _ path: String, _ expectation: String, _ documentation: [String], _ place: any Place<Value>,
    parse: @escaping @Sendable (Scalar) -> Value?,
    literal: @escaping @Sendable (Value) -> String
  ) {
    self.path = path
    self.expectation = expectation
    self.documentation = documentation
    store = { scalar, configuration in
      guard let value = parse(scalar) else { return false }
      configuration[keyPath: place] = value
      return true
    }
    self.literal = { literal($0[keyPath: place]) }
  }
}

/// A TOML basic string.
private func quoted(_ text: String) -> String {
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": out += "\\\(scalar)"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}
