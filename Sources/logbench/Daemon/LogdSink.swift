internal import LogdClient
internal import LogdWire

/// Records that go to logd by the client library.
struct LogdSink: RecordSink {
  static var needsLines: Bool { false }
  private let client: LogClient
  private let fields: [LogField]
  /// How long ``finish()`` waits.
  var flushLimit: Duration = .seconds(60)

  init(runtimeDirectory: String, _ options: ClientOptions, _ workload: Workload) throws {
    client = LogClient(
      ident: ExpectedLine.ident, options: options.options(runtimeDirectory: runtimeDirectory))
    fields = workload.fieldList.map { key, value in
      switch value {
      case .text(let text): .string(key, text)
      case .number(let number): .int(key, number)
      }
    }
  }

  @inline(__always)
  mutating func put(_ bytes: Span<UInt8>) {
    client.log(.info, bytes: bytes, fields: fields.span)
  }

  mutating func finish() throws -> SinkEnd { try client.end(within: flushLimit) }

  /// Whether everything so far is in the file, after waiting so long at most.
  func isFlushed(within limit: Duration) -> Bool {
    (try? client.flush(timeout: limit)) != nil  // why it is not does not matter
  }

  /// Ends the client; how many records no daemon has taken.
  func close(within limit: Duration) -> Int { client.close(timeout: limit) }

  var dropped: UInt64 { client.dropped }
}

extension ClientOptions {
  func options(runtimeDirectory: String) -> LogClientOptions {
    var own = LogClientOptions()
    own.runtimeDirectory = runtimeDirectory
    if ring > 0 { own.ringBytes = ring }
    own.overflow =
      switch policy {
      case "drop": .drop
      case "timeout": .block(upTo: .milliseconds(timeout))
      default: .block
      }
    return own
  }
}

extension LogClient {
  /// Flushes, and says what became of the records.
  func end(within limit: Duration) throws -> SinkEnd {
    var end = SinkEnd()
    do throws(FlushError) {
      try flush(timeout: limit)
    } catch .timedOut(let remaining) {
      end.unflushed = UInt64(remaining)
    } catch {
      throw Failure("flush: \(error)")
    }
    end.dropped = dropped
    return end
  }
}
