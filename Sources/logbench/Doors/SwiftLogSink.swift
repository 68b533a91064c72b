internal import LogdClient
internal import Logging
internal import LoggingLogd

/// Records that go to logd as those of a program with swift-log do.
struct SwiftLogSink: RecordSink {
  static var needsLines: Bool { false }
  private let logger: Logger
  private let client: LogClient
  private let fields: Logger.Metadata?
  /// Whether the first message is logged again and again, so that none has to be made.
  private let isConstant: Bool
  private var constant: Logger.Message?

  init(
    runtimeDirectory: String, _ options: ClientOptions, _ workload: Workload,
    isConstant: Bool = false
  ) {
    let client = LogClient(
      ident: ExpectedLine.ident, options: options.options(runtimeDirectory: runtimeDirectory))
    self.client = client
    self.isConstant = isConstant
    logger = Logger(label: ExpectedLine.ident) { LogdLogHandler(label: $0, client: client) }
    var fields: Logger.Metadata = [:]
    for (key, value) in workload.fieldList {
      switch value {
      case .text(let text): fields[key] = .string(text)
      case .number(let number): fields[key] = .stringConvertible(number)
      }
    }
    self.fields = fields.isEmpty ? nil : fields
  }

  @inline(__always)
  mutating func put(_ bytes: Span<UInt8>) {
    if let constant { return logger.info(constant, metadata: fields) }
    // SAFETY: the bytes are copied before the closure ends.
    let text = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    let message = Logger.Message(stringLiteral: text)
    if isConstant { constant = message }
    logger.info(message, metadata: fields)
  }

  mutating func finish() throws -> SinkEnd { try client.end(within: .seconds(60)) }
}
