internal import LogdWire
public import LogdClient
public import Logging

/// Sends what is logged through swift-log to logd.
///
/// ```swift
/// LoggingSystem.bootstrap { LogdLogHandler(label: $0) }
/// ```
///
/// | of swift-log | in the record |
/// |---|---|
/// | level | severity, see ``Severity`` |
/// | label | field `label` |
/// | metadata of the statement, of the provider, of the logger, the first that has the key | fields with the same keys; numbers and truth values keep their type, a dictionary becomes `key.inner`, an array text |
/// | error | fields `error.message`, `error.type` |
/// | source | field `source`, when it is not the module that `code_file` names |
/// | file, line, function | `code_file`, `code_line`, `code_func`, when the client's options ask for them |
///
/// A value, as swift-log asks: level and metadata of a copy are its own. A call adds no allocation
/// to those of swift-log, unless a value of the metadata has to be made text. Records logged within
/// an action of the same client are its children.
public struct LogdLogHandler: LogHandler {
  /// The client of handlers that are made without one: named for the program, with default options.
  public static let processClient = LogClient(ident: ProgramName.current)

  public var logLevel = Logger.Level.info
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let client: LogClient

  /// - Parameters:
  ///   - label: of the logger.
  ///   - client: where the records go; many handlers may share one.
  ///   - metadataProvider: by default that of ``Logging/LoggingSystem``.
  public init(
    label: String, client: LogClient = processClient,
    metadataProvider: Logger.MetadataProvider? = LoggingSystem.metadataProvider
  ) {
    self.label = label
    self.client = client
    self.metadataProvider = metadataProvider
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let severity = Severity(event.level)
    guard client.isEnabled(severity) else { return }
    // Whoever gives text or metadata may log as well, so all of it is there before the record begins.
    let fields = EventFields(event, of: self, label: label)
    client.log(
      severity, event.message.description, each: { fields.forEach($0) }, file: event.file,
      line: event.line, function: event.function)
  }
}
