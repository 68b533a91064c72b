internal import ArgumentParser
internal import LogdArchive
internal import LogdPlatform
internal import LogdWire

/// Which records are asked for: the same for all commands that read the log.
struct FilterOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,  // -1h is no option
    help: ArgumentHelp("Records of this time and later: \(TimePhrase.forms).", valueName: "time"),
    transform: FilterOptions.time)
  var since: Int64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Records of this time and earlier.", valueName: "time"),
    transform: FilterOptions.time)
  var until: Int64?

  @Option(
    help: ArgumentHelp(
      "Records this severe at least: emerg alert crit err warning notice info debug.",
      valueName: "level"), transform: FilterOptions.severity)
  var level: Severity?

  @Option(help: ArgumentHelp("Records of this ident.", valueName: "ident"))
  var ident: String?

  @Option(help: ArgumentHelp("Records of this process.", valueName: "pid"))
  var pid: Int32?

  @Option(
    help: ArgumentHelp(
      """
      Records with this field, whatever its type. Several keys: all of them; several values of one \
      key: any of them.
      """, valueName: "key=value"), transform: FilterOptions.field)
  var field: [Field] = []

  @Option(
    help: ArgumentHelp(
      "Lines that match this regular expression (Perl's) as they stand in the file.",
      valueName: "pattern"), transform: FilterOptions.pattern)
  var grep: Pattern?

  struct Field {
    let key: String
    let value: String
  }

  var filter: RecordFilter {
    var filter = RecordFilter()
    filter.since = since ?? .min
    filter.until = until ?? .max
    filter.severity = level ?? .debug
    filter.ident = ident
    filter.pid = pid
    for field in field { filter.require(field.key, field.value) }
    filter.pattern = grep
    return filter
  }

  private static func time(_ text: String) throws -> Int64 {
    guard let time = TimePhrase.nanoseconds(text, now: Clock.realtimeNanoseconds()) else {
      throw ValidationError("'\(text)' is no time: expected \(TimePhrase.forms)")
    }
    return time
  }

  /// Also `error`, `warn` and the numbers of syslog.
  static func severity(_ text: String) throws -> Severity {
    let short = ["emergency": "emerg", "critical": "crit", "error": "err", "warn": "warning"]
    let name = short[text.lowercased()] ?? text.lowercased()
    guard
      let severity = Severity.allCases.first(where: {
        "\($0.name)" == name || "\($0.rawValue)" == name
      })
    else {
      let names = Severity.allCases.map { "\($0.name)" }.joined(separator: " ")
      throw ValidationError("'\(text)' is no level: expected one of \(names)")
    }
    return severity
  }

  private static func field(_ text: String) throws -> Field {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw ValidationError("'\(text)' is no field: expected KEY=VALUE")
    }
    return Field(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
  }

  private static func pattern(_ text: String) throws -> Pattern {
    do {
      return try Pattern(text)
    } catch {
      throw ValidationError("'\(text)' is no regular expression: \(error)")
    }
  }
}
