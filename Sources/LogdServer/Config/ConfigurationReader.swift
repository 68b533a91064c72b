internal import LogdPlatform

/// Reads layers of configuration one over the other and collects everything that is wrong.
struct ConfigurationReader {
  private typealias Scalar = ConfigurationKey.Scalar

  private var configuration = Configuration()
  private var problems: [ConfigurationError.Problem] = []
  /// Where each key was set last, for what is wrong only in combination.
  private var origins: [String: Origin] = [:]

  /// Where something was said.
  private struct Origin {
    let source: String
    var place: TomlDocument.Place?
  }

  /// Takes over what a document says. Any bytes whatever; never traps.
  mutating func parse(_ bytes: [UInt8], source: String) {
    let document: TomlDocument
    do {
      document = try TomlDocument(parsing: bytes)
    } catch {
      return report(Origin(source: source, place: error.place), key: nil, error.text)
    }
    // What is below something unknown is reported with it, not once more for each key.
    var unknown: String?
    for entry in document.entries {
      if let unknown, entry.path.hasPrefix(unknown + ".") { continue }
      if !take(entry, source: source) { unknown = entry.path }
    }
  }

  /// Takes over one `SECTION.KEY=VALUE` of a command line.
  mutating func set(_ assignment: String) {
    let origin = Origin(source: "--set")
    guard let equals = assignment.firstIndex(of: "=") else {
      return report(origin, key: nil, "expected SECTION.KEY=VALUE, found \"\(assignment)\"")
    }
    let path = String(assignment[..<equals])
    let value = String(assignment[assignment.index(after: equals)...])
    guard let key = ConfigurationKey.named(path) else {
      return report(origin, key: path, ConfigurationKey.unknown(path))
    }
    store(.word(value), in: key, origin, at: origin)
  }

  /// Says that a layer cannot be read.
  mutating func report(unreadable source: String, _ errno: Errno) {
    let reason = errno.isOfPipe ? "it is a FIFO, not a file" : "\(errno)"
    report(Origin(source: source), key: nil, "cannot read it: \(reason)")
  }

  /// Looks at what is wrong only in combination, and gives the whole.
  mutating func finish() throws(ConfigurationError) -> Configuration {
    for rule in ConfigurationRule.all where !rule.holds(configuration) {
      guard let key = rule.keys.first(where: { origins[$0] != nil }), let origin = origins[key]
      else { continue }
      report(origin, key: key, rule.text)
    }
    if !problems.isEmpty { throw ConfigurationError(problems: problems) }
    return configuration
  }

  /// Whether the entry is one of ours, right or wrong.
  private mutating func take(_ entry: TomlDocument.Entry, source: String) -> Bool {
    let origin = Origin(source: source, place: entry.place)
    if entry.value == .table, ConfigurationKey.isSection(entry.path) { return true }
    guard let key = ConfigurationKey.named(entry.path) else {
      report(origin, key: entry.path, ConfigurationKey.unknown(entry.path))
      return false
    }
    let valueOrigin = Origin(source: source, place: entry.valuePlace)
    switch entry.value {
    case .string(let text): store(.string(text), in: key, origin, at: valueOrigin)
    case .integer(let number): store(.integer(number), in: key, origin, at: valueOrigin)
    case .boolean(let flag): store(.boolean(flag), in: key, origin, at: valueOrigin)
    case .table, .other: report(valueOrigin, key: key.path, "expected \(key.expectation)")
    }
    return true
  }

  private mutating func store(
    _ scalar: Scalar, in key: ConfigurationKey, _ origin: Origin, at valueOrigin: Origin
  ) {
    if key.store(scalar, &configuration) {
      origins[key.path] = origin
    } else {
      report(valueOrigin, key: key.path, "expected \(key.expectation), found \(scalar)")
    }
  }

  private mutating func report(_ origin: Origin, key: String?, _ text: String) {
    problems.append(
      .init(
        source: origin.source, line: origin.place?.line, column: origin.place?.column, key: key,
        text: text))
  }
}
