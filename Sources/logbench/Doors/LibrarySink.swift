internal import CLogd
internal import Glibc

/// Records that go to logd as those of a C program do.
@safe
struct LibrarySink: RecordSink, ~Copyable {
  static var needsLines: Bool { false }
  private let library: Library
  private let client: OpaquePointer
  /// Keys and values are literals of the workload, copied once and kept.
  private let fields: UnsafeMutableBufferPointer<logd_field>

  init(runtimeDirectory: String, _ options: ClientOptions, _ workload: Workload) throws {
    let library = try Library()
    var own = unsafe logd_options()
    unsafe own.size = MemoryLayout<logd_options>.size
    unsafe own.ring_bytes = UInt64(options.ring)
    unsafe own.timeout_ms = Int32(options.timeout)
    unsafe own.overflow =
      switch options.policy {
      case "drop": Int32(LOGD_DROP)
      case "timeout": Int32(LOGD_BLOCK_TIMEOUT)
      default: Int32(LOGD_BLOCK)
      }
    // SAFETY: logd_open copies its strings.
    let opened = unsafe runtimeDirectory.withCString { directory in
      unsafe own.runtime_dir = directory
      return unsafe library.open(ExpectedLine.ident, &own)
    }
    guard let client = unsafe opened else { throw Failure("logd_open: no memory") }
    self.library = library
    unsafe self.client = client
    unsafe fields = .allocate(capacity: workload.fields)
    for (index, field) in workload.fieldList.enumerated() {
      unsafe fields.initializeElement(at: index, to: Self.field(field.key, field.value))
    }
  }

  private static func field(_ key: String, _ value: BenchField) -> logd_field {
    var field = unsafe logd_field()
    unsafe field.key = UnsafePointer(strdup(key))
    unsafe field.key_length = key.utf8.count
    switch value {
    case .text(let text):
      unsafe field.type = Int32(LOGD_STRING)
      unsafe field.value.string.bytes = UnsafePointer(strdup(text))
      unsafe field.value.string.length = text.utf8.count
    case .number(let number):
      unsafe field.type = Int32(LOGD_INT)
      unsafe field.value.i = number
    }
    return unsafe field
  }

  @inline(__always)
  mutating func put(_ bytes: Span<UInt8>) {
    // SAFETY: the bytes are copied before the call returns.
    unsafe bytes.withUnsafeBufferPointer { bytes in
      let text = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
      // -EAGAIN: dropped, and counted.
      _ = unsafe library.log(
        client, Int32(LOGD_INFO), text, bytes.count, fields.baseAddress, fields.count)
    }
  }

  mutating func finish() throws -> SinkEnd {
    var end = SinkEnd()
    let result = unsafe library.flush(client, 60_000, 0)
    if result == -ETIMEDOUT { end.unflushed = unsafe library.unwritten(client) }
    guard result == 0 || result == -ETIMEDOUT else { throw Failure("logd_flush: \(result)") }
    end.dropped = unsafe library.dropped(client)
    return end
  }

  deinit { unsafe library.close(client, 1000) }
}
