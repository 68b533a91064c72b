/// Where a producer's records go: logd, or one of the ways that it is compared with.
protocol RecordSink: ~Copyable {
  /// Hands over one record: the message, or the whole line, as ``needsLines`` says.
  mutating func put(_ bytes: Span<UInt8>) throws

  /// Waits until everything is where it belongs.
  mutating func finish() throws -> SinkEnd

  /// Whether it wants ready-made lines: it has nobody who formats.
  static var needsLines: Bool { get }
}

/// What became of the records of a sink.
struct SinkEnd: Sendable {
  var dropped: UInt64 = 0
  /// Records that could not be flushed in time.
  var unflushed: UInt64 = 0
}
