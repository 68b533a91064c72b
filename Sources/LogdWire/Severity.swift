/// How severe a record is: syslog's eight, RFC 5424 section 6.2.1. Smaller is more severe.
public enum Severity: UInt8, Sendable, CaseIterable, Comparable {
  case emergency = 0, alert, critical, error, warning, notice, info, debug

  /// More severe is less: `.error < .info`.
  public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }

  /// The name in the log file and in commands: `emerg alert crit err warning notice info debug`.
  public var name: StaticString {
    switch self {
    case .emergency: "emerg"
    case .alert: "alert"
    case .critical: "crit"
    case .error: "err"
    case .warning: "warning"
    case .notice: "notice"
    case .info: "info"
    case .debug: "debug"
    }
  }
}
