public import LogdWire

/// One record as it was read back from a log file.
public struct LogRecord: Hashable, Sendable {
  /// Nanoseconds since 1970-01-01 UTC; the file keeps microseconds.
  public var time: Int64
  public var severity: Severity
  /// What the client called itself; `logd` is the daemon.
  public var ident: String
  public var pid: Int32
  /// The user of the process; text lines do not have it.
  public var uid: UInt32?
  /// What was logged, byte for byte; UTF-8 unless the client logged something else.
  public var message: [UInt8]
  /// In the order in which they were logged; keys may occur more than once.
  public var fields: [LogField]

  public init(
    time: Int64, severity: Severity, ident: String, pid: Int32, uid: UInt32? = nil,
    message: [UInt8], fields: [LogField] = []
  ) {
    self.time = time
    self.severity = severity
    self.ident = ident
    self.pid = pid
    self.uid = uid
    self.message = message
    self.fields = fields
  }

  /// The value of the first field of that key and origin, if there is one.
  public func value(_ key: String, fromDaemon: Bool = false) -> FieldValue? {
    fields.first { $0.isDaemons == fromDaemon && $0.key.elementsEqual(key.utf8) }?.value
  }
}

/// What became of a line: a record, or the place where it stops being one.
public enum ParsedLine: Hashable, Sendable {
  case record(LogRecord)
  case damaged(Damage)

  /// The record, if the line is one.
  public var record: LogRecord? {
    if case .record(let record) = self { record } else { nil }
  }
}
