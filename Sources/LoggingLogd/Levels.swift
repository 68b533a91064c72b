public import LogdWire
public import Logging

extension Severity {
  /// The severity of a level of swift-log; `trace` has none of its own and is debug.
  public init(_ level: Logger.Level) {
    self =
      switch level {
      case .trace, .debug: .debug
      case .info: .info
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      case .critical: .critical
      }
  }
}

extension Logger.Level {
  /// The level of a severity; emergency and alert have none of their own and are critical.
  public init(_ severity: Severity) {
    self =
      switch severity {
      case .emergency, .alert, .critical: .critical
      case .error: .error
      case .warning: .warning
      case .notice: .notice
      case .info: .info
      case .debug: .debug
      }
  }
}
