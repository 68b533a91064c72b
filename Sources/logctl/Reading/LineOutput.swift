internal import ArgumentParser
internal import LogdArchive
internal import LogdPlatform

/// How lines are written.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "How lines are written: text or json. Default: as they are in the file.",
      valueName: "format"),
    transform: { text in
      guard let format = LogFormat(rawValue: text) else {
        throw ValidationError("'\(text)' is no format: expected text or json")
      }
      return format
    })
  var format: LogFormat?
}

/// Lines on their way to standard output: many in one write(2), and none held back for long.
struct LineOutput {
  private static let pieceBytes = 256 << 10
  private static let delayNanoseconds: UInt64 = 10_000_000

  private let format: LogFormat?
  private let paint = LinePaint(Style.current)
  private let isPainted = Style.current.hasColours
  private var bytes: [UInt8] = []
  /// When the oldest line that is held back came.
  private var since: UInt64 = 0

  /// - Parameter format: lines of the other are written anew; nil: as they are.
  init(_ format: LogFormat?) { self.format = format }

  /// Adds a line, without its newline.
  mutating func add(_ line: Span<UInt8>) throws(Errno) {
    if bytes.isEmpty { since = Clock.monotonicNanoseconds() }
    if let format, format != LogFormat.of(line),
      let record = LogFormat.of(line).parse(line).record
    {
      bytes += record.line(format)
    } else {
      // SAFETY: the bytes are copied before the closure returns.
      unsafe line.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count >= Self.pieceBytes { try flush() }
  }

  /// Writes what has waited long enough: for when there may be nothing to add for a while.
  mutating func flushWhenDue() throws(Errno) {
    guard !bytes.isEmpty, Clock.monotonicNanoseconds() - since > Self.delayNanoseconds else {
      return
    }
    try flush()
  }

  mutating func flush() throws(Errno) {
    if isPainted {
      try StandardOutput.write(paint(bytes))
    } else {
      try StandardOutput.write(bytes)
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
