internal import CLinux
internal import LogdClient
internal import LogdPlatform
internal import LogdWire

/// Records of this program's own: from lines, or one.
final class Producer {
  /// How long the end may take.
  private static let flushLimit = Duration.seconds(10)

  private let client: LogClient
  private let fields: [LogField]
  private let fieldBytes: Int

  /// Connects; there must be a daemon now. One that goes away later is waited for.
  init(
    _ daemon: DaemonOptions, ident: String, _ fields: [FieldArgument] = [],
    undelivered: LogClientOptions.Undelivered
  ) throws {
    let directory = Environment.current.clientRuntimeDirectory(option: daemon.runtimeDir)
    try Self.look(for: "\(directory)/native.sock")
    var options = LogClientOptions()
    options.runtimeDirectory = directory
    options.overflow = .block
    options.undelivered = undelivered
    client = LogClient(ident: ident, options: options)
    self.fields = fields.map(\.field)
    fieldBytes = fields.reduce(0) { $0 + $1.bytes }
  }

  private static func look(for path: String) throws {
    let socket = Descriptor(
      owning: try check(clinux_socket(Int32(CLINUX_SEQPACKET.rawValue))))
    let result = unsafe clinux_connect(socket.raw, path)
    guard result < 0 else { return }
    let errno = Errno(-result)
    let code: LogdPlatform.ExitCode = errno.isForbidden ? .notPermitted : .unavailable
    try Ending.fail(code, "no daemon at \(path): \(errno)")
  }

  /// The longest piece of a line that fits into a record with the fields.
  var pieceBytesMax: Int {
    let room = client.recordBytesMax - 128 - fieldBytes
    return max(16, min(room, 32 << 10))
  }

  func log(_ severity: Severity, _ text: String) {
    let fields = fields
    client.log(severity, text, fields: fields.span)
  }

  func log(_ severity: Severity, bytes: Span<UInt8>, lineBreak: String? = nil) {
    var fields = fields
    if let lineBreak { fields.append(.string("line_break", lineBreak)) }
    client.log(severity, bytes: bytes, fields: fields.span)
  }

  /// Waits until everything is in the file; how many records are not, in the end.
  func finish() -> Int {
    var remaining = 0
    do throws(FlushError) {
      try client.flush(timeout: Self.flushLimit)
    } catch .timedOut(let count) {
      remaining = count
    } catch {
      remaining = 0  // only of durable flushes, and in signal handlers
    }
    client.close(timeout: remaining == 0 ? .seconds(1) : .zero)
    return remaining
  }
}
