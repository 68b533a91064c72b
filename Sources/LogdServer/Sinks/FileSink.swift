// The file sink: a batch goes to the disk, whatever the disk does. On the writer thread.
//
//               write refused                         the whole batch is in the file
//   taking ────────────────────▶ refusing ──again────▶ taking, and one record says what was
//      │                           │  ▲
//      │ a write has not come      └──┘ refused again: 10 ms later, 20, 40, … at most 500
//      │ back for a second
//      └──────────▶ silent ──it comes back──▶ taking, and one record says what was
//
// While it does not take a batch, the batch stays in the ledger, noted and perhaps half written, and
// all later records wait in their rings. Nobody else waits: the I/O thread tells by ``WriterReport``
// what is wrong, and ``DiskWatch`` says on standard error when it begins.
//
// Faults
//   full (ENOSPC, EDQUOT, EFBIG), read-only (EROFS), failing (EIO), any other errno: refused, and
//     tried again from the first byte that was not taken, so that a short write doubles nothing.
//   hung: the thread sits in write(2). What says so is the stamp that each write begins with.
//   vanished (removed, or its directory unmounted): ``DiskWatch`` sees it and hands over a new file.
//     Where no new one can be made writes are refused here: in a file without a name they were lost.
//     A batch that the old file has a part of begins anew in the new one: nobody sees the old one.
//   a sync that fails: ``SyncState``. Writing goes on.
//
// A batch that a file with a name has a part of is finished there, or by the next daemon: a new file
// that came meanwhile (SIGHUP) has to wait, since the lines would else be in both.

internal import LogdPlatform
internal import LogdWire

/// Where batches go, and what the disk does about them.
struct FileSink {
  private(set) var file: LogFile
  private let report: WriterReport
  /// Since when the disk has not taken the batch.
  private var refusal: Refusal?
  /// What the next commit has to say of an end of trouble.
  private var ended: Ended?
  private var lastAttended: UInt64 = 0
  /// Tells the I/O thread that it should look after the disk: when trouble begins; while all is well only
  /// if it does not, at most once a second.
  var attend: @Sendable () -> Void = {}

  private struct Refusal {
    let since: UInt64
    var retryAt: UInt64 = 0
    let sinceWall: Int64
    var error: SystemError
    var pauseNanoseconds = FileSink.pauseMin
  }

  private struct Ended {
    let reason: String
    let sinceWall: Int64
    let nanoseconds: UInt64
  }

  private static let pauseMin: UInt64 = 10_000_000
  private static let pauseMax: UInt64 = 500_000_000
  /// A write that takes longer is a disk that does not answer.
  static let silenceNanoseconds: UInt64 = 1_000_000_000
  static let attendNanoseconds: UInt64 = 1_000_000_000

  init(_ file: LogFile, _ report: WriterReport) {
    self.file = file
    self.report = report
  }

  /// Writes go to `file` from now on; between two batches, or while it ``mayChange(written:)``.
  mutating func change(to file: LogFile) {
    self.file = file
    report.opened(file)
  }

  /// Whether a batch of which so many bytes were taken may begin anew in another file.
  func mayChange(written: Int) -> Bool { written == 0 || file.presence == .gone }

  // MARK: a batch

  /// One write of what is left of the batch: how many bytes were taken, or how long to wait before
  /// the next attempt.
  mutating func write(_ ledger: Ledger, from start: Int, upTo end: Int) -> Result {
    let began = Clock.monotonicNanoseconds()
    report.writeBegins(began)
    defer { report.writeEnded() }
    isBusy(began)
    do throws(SystemError) {
      let count = try attempt(ledger, start, end)
      file.advance(count)
      report.wrote(file)
      if start + count == end { taken(began) }
      return .took(count)
    } catch {
      return .refused(retryNanoseconds: refused(error, began))
    }
  }

  /// A file that was opened again, or that somebody else has cut or appended to, may end in the
  /// middle of a line.
  mutating func endLastLine() -> Result {
    file.findEnd()
    if file.endsInLine { return .took(0) }
    do throws(Errno) {
      try file.endLastLine()
      return .took(0)
    } catch {
      let error = SystemError("write", file.path, error)
      return .refused(retryNanoseconds: refused(error, Clock.monotonicNanoseconds()))
    }
  }

  enum Result {
    case took(Int)
    case refused(retryNanoseconds: UInt64)
  }

  /// Something is done that may not come back.
  mutating func isBusy(_ now: UInt64) {
    guard !report.isWatched, now &- lastAttended >= Self.attendNanoseconds else { return }
    lastAttended = now
    attend()
  }

  /// Room for a whole batch, see ``LogFile/reserve(_:)``.
  mutating func reserve(_ byteCount: Int) -> Result {
    do throws(SystemError) {
      if let errno = report.heldBy { throw SystemError("make anew", file.path, errno) }
      try SystemError.naming("write", file.path) { () throws(Errno) in try file.reserve(byteCount) }
      return .took(byteCount)
    } catch {
      return .refused(retryNanoseconds: refused(error, Clock.monotonicNanoseconds()))
    }
  }

  /// Why the file does not take a batch, since when, and when it is asked again (CLOCK_MONOTONIC).
  var trouble: (reason: String, since: UInt64, sinceWall: Int64, retryAt: UInt64)? {
    refusal.map { ("\($0.error)", $0.since, $0.sinceWall, $0.retryAt) }
  }

  /// The end of the trouble is said in other words.
  mutating func forgetNews() { ended = nil }

  private func attempt(_ ledger: Ledger, _ start: Int, _ end: Int) throws(SystemError) -> Int {
    if let errno = report.heldBy { throw SystemError("make anew", file.path, errno) }
    return try SystemError.naming("write", file.path) { () throws(Errno) -> Int in
      try ledger.writeBatch(from: start, upTo: end, to: file.raw)
    }
  }

  /// The batch of an earlier daemon is in the file.
  mutating func recovered() { taken(Clock.monotonicNanoseconds()) }

  /// It is not, because of `error`: how long to wait before the next attempt.
  mutating func refuse(_ error: SystemError) -> UInt64 {
    refused(error, Clock.monotonicNanoseconds())
  }

  private mutating func taken(_ began: UInt64) {
    let took = Clock.monotonicNanoseconds() &- began
    if let refusal {
      ended = Ended(
        reason: "\(refusal.error)", sinceWall: refusal.sinceWall,
        nanoseconds: Clock.monotonicNanoseconds() &- refusal.since)
      self.refusal = nil
      report.isTaking()
    } else if took >= Self.silenceNanoseconds {
      ended = Ended(
        reason: "the disk did not answer a write to \(file.path)",
        sinceWall: Clock.realtimeNanoseconds() &- Int64(took), nanoseconds: took)
    }
  }

  private mutating func refused(_ error: SystemError, _ now: UInt64) -> UInt64 {
    let isNew = refusal == nil
    var refusal =
      self.refusal ?? Refusal(since: now, sinceWall: Clock.realtimeNanoseconds(), error: error)
    refusal.error = error
    let pause = refusal.pauseNanoseconds
    refusal.pauseNanoseconds = min(pause * 2, Self.pauseMax)
    refusal.retryAt = now &+ pause
    self.refusal = refusal
    report.refuses(error, since: refusal.since)
    if isNew { attend() }
    return pause
  }

  // MARK: what the log says

  /// That the disk takes records again, once.
  mutating func news(bytesWaiting: () -> UInt64) -> SelfRecord? {
    guard let ended else { return nil }
    self.ended = nil
    return SelfRecord(
      .warning, "the disk takes records again",
      [
        ("reason", ended.reason), ("since", Timestamp.text(ended.sinceWall)),
        ("milliseconds", "\(ended.nanoseconds / 1_000_000)"),
        ("bytes_waiting", "\(bytesWaiting())"),
      ])
  }
}
