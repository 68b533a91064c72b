internal import LogdPlatform
internal import LogdWire

/// Records on their way to journald: frames as they came, and whose they are.
struct HandoffBatch: Sendable {
  /// Frames of one source, one behind the other.
  struct Run: Sendable {
    let ident: String
    let pid: Int32
    /// What turns a stamp into wall time.
    let timeOffset: Int64
    /// The source stands in each frame instead, see ``SourceView``.
    let isInRecord: Bool
    /// Nothing less severe is handed off.
    let severity: Severity
    let bytes: Range<Int>
  }

  private(set) var runs: [Run] = []
  private(set) var bytes: [UInt8] = []
  private let limits: FrameLimits

  init(_ limits: FrameLimits) { self.limits = limits }

  var isEmpty: Bool { runs.isEmpty }

  mutating func append(
    _ frames: RawSpan, ident: String, pid: Int32, timeOffset: Int64, isInRecord: Bool,
    severity: Severity
  ) {
    let start = bytes.count
    // SAFETY: copied during the call.
    unsafe frames.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    runs.append(
      Run(
        ident: ident, pid: pid, timeOffset: timeOffset, isInRecord: isInRecord,
        severity: severity, bytes: start..<bytes.count))
  }

  mutating func removeAll() {
    runs.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  /// Every record that is severe enough, in the order in which they came.
  func forEach(_ body: (JournalRecord, RawSpan) -> Void) {
    let all = unsafe bytes.span.bytes  // SAFETY: bytes have no padding
    for run in runs {
      var at = run.bytes.lowerBound
      while at + Layout.Frame.message <= run.bytes.upperBound,
        let header = FrameHeader(all, at: at, limits: limits)
      {
        if header.severity <= run.severity.rawValue {
          body(JournalRecord(offset: at, header: header, run: run), all)
        }
        at += Layout.padded(header.byteCount)
      }
    }
  }

  /// How many they are.
  var count: UInt64 {
    var count: UInt64 = 0
    forEach { _, _ in count += 1 }
    return count
  }
}
