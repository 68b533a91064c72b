/// Records that go to logd: the only file of this program that knows the client library.
struct LogdSink: RecordSink, ~Copyable {
  static var needsLines: Bool { false }

  init(runtimeDirectory: String, _ options: ClientOptions, _ workload: Workload) throws {
    throw Failure("no client yet")
  }

  mutating func put(_ bytes: Span<UInt8>) throws {}
  mutating func finish() throws -> SinkEnd { SinkEnd() }
}
