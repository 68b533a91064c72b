internal import Glibc
internal import LogdClient
internal import Logging

/// The fields of one event, found without making a dictionary or a list of them.
///
/// What has to be made text is made text in ``init(_:of:label:)``.
struct EventFields {
  private let label: String
  private let source: String?
  private let error: (message: String, type: String)?
  private var own: Logger.Metadata
  private var provided: Logger.Metadata
  private var explicit: Logger.Metadata

  init(_ event: LogEvent, of handler: LogdLogHandler, label: String) {
    self.label = label
    let source = event.source
    self.source = source.isModule(of: event.file) ? nil : source
    error = event.error.map { ("\($0)", String(reflecting: type(of: $0))) }
    own = handler.metadata.flat
    provided = handler.metadataProvider?.get().flat ?? [:]
    explicit = event.metadata?.flat ?? [:]
  }

  func forEach(_ body: (LogField) -> Void) {
    body(.string("label", label))
    for (key, value) in explicit where !isOfError(key) { body(value.field(key)) }
    for (key, value) in provided where explicit[key] == nil && !isOfError(key) {
      body(value.field(key))
    }
    for (key, value) in own
    where explicit[key] == nil && provided[key] == nil && !isOfError(key) {
      body(value.field(key))
    }
    if let error {
      body(.string("error.message", error.message))
      body(.string("error.type", error.type))
    }
    if let source { body(.string("source", source)) }
  }

  private func isOfError(_ key: String) -> Bool {
    error != nil && (key == "error.message" || key == "error.type")
  }
}

extension String {
  /// Whether it is what swift-log makes of `file`, `Module/File.swift`, when no source is given.
  fileprivate func isModule(of file: String) -> Bool {
    let answer = unsafe utf8.withContiguousStorageIfAvailable { mine in
      unsafe file.utf8.withContiguousStorageIfAvailable { theirs in
        // SAFETY: theirs has more bytes than are compared; both live for the closures.
        unsafe theirs.count > mine.count && theirs[mine.count] == UInt8(ascii: "/")
          && (mine.isEmpty || memcmp(mine.baseAddress!, theirs.baseAddress!, mine.count) == 0)
      }
    }
    return (answer ?? nil) ?? file.hasPrefix(self + "/")
  }
}

extension Logger.Metadata {
  /// Itself where each value can be written as it is, else with text and `key.inner` for those that
  /// cannot.
  fileprivate var flat: Logger.Metadata {
    guard contains(where: { !$0.value.isPlain }) else { return self }
    var flat: Logger.Metadata = [:]
    for (key, value) in self { value.flatten(key, into: &flat) }
    return flat
  }
}

extension Logger.MetadataValue {
  fileprivate var isPlain: Bool {
    switch self {
    case .string: true
    case .stringConvertible(let value): LogField(plain: value, key: "") != nil
    case .dictionary, .array: false
    }
  }

  fileprivate func flatten(_ key: String, into flat: inout Logger.Metadata) {
    switch self {
    case .dictionary(let inner):
      for (name, value) in inner { value.flatten("\(key).\(name)", into: &flat) }
    case _ where isPlain: flat[key] = self
    default: flat[key] = .string(description)
    }
  }

  /// Of a plain one.
  fileprivate func field(_ key: String) -> LogField {
    switch self {
    case .string(let text): .string(key, text)
    case .stringConvertible(let value):
      LogField(plain: value, key: key) ?? .string(key, value.description)
    case .dictionary, .array: .string(key, description)
    }
  }
}

extension LogField {
  /// A value that a record has a type for.
  fileprivate init?(plain value: any CustomStringConvertible & Sendable, key: String) {
    switch value {
    case let text as String: self = .string(key, text)
    case let number as Int: self = .int(key, number)
    case let number as Double: self = .double(key, number)
    case let truth as Bool: self = .bool(key, truth)
    case let number as UInt: self = .uint(key, number)
    case let number as any FixedWidthInteger & SignedInteger & Sendable:
      self = .int(key, Int64(clamping: number))
    case let number as any FixedWidthInteger & UnsignedInteger & Sendable:
      self = .uint(key, UInt64(clamping: number))
    default: return nil
    }
  }
}
