internal import LogdPlatform

/// What the writer tells the I/O thread of its file. Set before the thread runs.
struct FileEvents: Sendable {
  /// The file is large, or its time is over, or the clock has been set.
  var isFull: @Sendable () -> Void = {}
  /// Another file is written to from now on, and nothing more to the one before.
  var changed: @Sendable () -> Void = {}
  /// The last batch of the daemon before this one is in its file.
  var recovered: @Sendable () -> Void = {}
}

/// When the writer asks for another file.
struct RotationLimits {
  /// Of the wall clock, seconds since 1970.
  private var span: Range<Int64> = .min ..< .max
  private var bytesMax = UInt64.max
  /// CLOCK_MONOTONIC; asked again after a while, should it have come to nothing.
  private var asked: UInt64 = 0
  private static let pauseNanoseconds: UInt64 = 20_000_000

  /// Whether to ask now.
  mutating func isExceeded(bytes: UInt64, wallSeconds: Int64, _ now: UInt64) -> Bool {
    guard bytes >= bytesMax || !span.contains(wallSeconds) else { return false }
    guard now &- asked >= Self.pauseNanoseconds else { return false }
    asked = now
    return true
  }

  mutating func set(_ span: Range<Int64>, bytesMax: UInt64) {
    self.span = span
    self.bytesMax = bytesMax
    asked = 0
  }
}

extension Writer {
  /// After a pass: the file may be full of bytes, or of time.
  func watchFile(_ now: UInt64) {
    let wallSeconds = (Int64(bitPattern: now) &+ wall.offset) / 1_000_000_000
    if rotation.isExceeded(bytes: sink.file.offset, wallSeconds: wallSeconds, now) {
      fileEvents.isFull()
    }
  }
}
