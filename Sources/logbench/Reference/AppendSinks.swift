/// One write(2) for each record: the simplest that several processes can do to one file.
struct AppendSink: RecordSink, ~Copyable {
  static var needsLines: Bool { true }
  private let file: OutputFile

  init(path: String) throws { file = try OutputFile(appendingTo: path) }

  mutating func put(_ bytes: Span<UInt8>) throws { try file.write(bytes) }
  mutating func finish() throws -> SinkEnd { SinkEnd() }
}

/// One write(2) for each 64 KiB of whole lines: fast, but what is in the buffer dies with its process.
struct BufferedSink: RecordSink, ~Copyable {
  static var needsLines: Bool { true }
  private static let bytesMax = 64 << 10
  private let file: OutputFile
  private var buffer: [UInt8] = []

  init(path: String) throws {
    file = try OutputFile(appendingTo: path)
    buffer.reserveCapacity(Self.bytesMax)
  }

  mutating func put(_ bytes: Span<UInt8>) throws {
    if buffer.count + bytes.count > Self.bytesMax { _ = try finish() }
    unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  mutating func finish() throws -> SinkEnd {
    if !buffer.isEmpty { try file.write(buffer.span) }
    buffer.removeAll(keepingCapacity: true)
    return SinkEnd()
  }
}
