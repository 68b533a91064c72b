// The hand-off to journald, see ``Journald`` for the call.
//
// Copies (`copy`): on a thread of its own, fed from a bounded queue, since the call blocks while
// journald is stopped. The writer puts each batch that is in the file into the queue, and goes on; a
// batch for which there is no room is not handed off, and counted, as a record is that journald does
// not take.
//
// In the place of the file (`only`): the writer itself hands over, and waits, as it does
// for a disk.

internal import LogdPlatform
internal import Synchronization

/// The queue and the thread.
final class JournalSink: Sendable {
  struct Report: Sendable {
    /// Taken by journald.
    var records: UInt64 = 0
    /// Not handed off: the queue was full, there was no journald, or it refused.
    var dropped: UInt64 = 0
    var queuedBytes = 0
    /// When the call that runs now began (CLOCK_MONOTONIC); 0: none does.
    var callingSince: UInt64 = 0
  }

  private struct State {
    var batches: [HandoffBatch] = []
    var report = Report()
    var isStopping = false
    var hasEnded = false
  }

  static let queueBytesMax = 4 << 20
  private static let retryNanoseconds: UInt64 = 100_000_000

  private let state = Mutex(State())
  private let work = WakeWord()
  private let ended = WakeWord()

  init() throws(Errno) {
    _ = try PlatformThread("logd-journal") { [self] in run() }
  }

  var report: Report { state.withLock { $0.report } }

  // MARK: the writer's side

  /// Hands off a copy, or counts it as dropped. Never waits.
  func put(_ batch: HandoffBatch) {
    let isTaken = state.withLock { state in
      guard state.report.queuedBytes + batch.bytes.count <= Self.queueBytesMax else { return false }
      state.batches.append(batch)
      state.report.queuedBytes += batch.bytes.count
      return true
    }
    if isTaken { return work.wake() }
    let count = batch.count
    state.withLock { $0.report.dropped += count }
  }

  /// Returns when journald has the batch, however long that takes: how many records of it. One that
  /// it refuses for what it is, is left out.
  ///
  /// - Parameters:
  ///   - report: hears what is being waited for.
  ///   - pause: sleeps so long before the next attempt.
  func deliver(_ batch: HandoffBatch, _ report: WriterReport, pause: (UInt64) -> Void) -> UInt64 {
    var (text, ends): ([UInt8], [Int]) = ([], [])
    var taken: UInt64 = 0
    batch.forEach { record, bytes in
      record.replace(&text, &ends, from: bytes)
      report.handingBegins(Clock.monotonicNanoseconds())
      while let errno = Journald.send(&text, ends) {
        if Journald.isOfRecord(errno) { return report.handingEnded() }
        report.handingFails(errno)
        pause(Self.retryNanoseconds)
      }
      report.handingEnded()
      taken += 1
    }
    state.withLock { $0.report.records += taken }
    return taken
  }

  /// What is in the queue goes out, for so long; a journald that is stuck then keeps nobody.
  func stop(withinNanoseconds limit: UInt64) {
    let deadline = Clock.monotonicNanoseconds() &+ limit
    state.withLock { $0.isStopping = true }
    work.wake()
    while true {
      let ticket = ended.ticket
      let now = Clock.monotonicNanoseconds()
      if state.withLock({ $0.hasEnded }) || now >= deadline { return }
      ended.wait(ticket, nanoseconds: deadline - now)
    }
  }

  // MARK: the thread's side

  private func run() {
    var (text, ends): ([UInt8], [Int]) = ([], [])
    while true {
      let ticket = work.ticket
      let (batch, isStopping) = state.withLock { ($0.batches.first, $0.isStopping) }
      if let batch {
        batch.forEach { record, bytes in
          record.replace(&text, &ends, from: bytes)
          send(&text, ends)
        }
        finished(batch)
      } else if isStopping {
        state.withLock { $0.hasEnded = true }
        return ended.wake()
      } else {
        work.wait(ticket, nanoseconds: nil)
      }
    }
  }

  private func finished(_ batch: HandoffBatch) {
    let first = state.withLock { state in
      state.report.queuedBytes -= batch.bytes.count
      return state.batches.removeFirst()
    }
    _ = first  // freed outside the lock
  }

  private func send(_ text: inout [UInt8], _ ends: [Int]) {
    state.withLock { $0.report.callingSince = Clock.monotonicNanoseconds() }
    let errno = Journald.send(&text, ends)
    state.withLock { state in
      state.report.callingSince = 0
      if errno == nil { state.report.records += 1 } else { state.report.dropped += 1 }
    }
  }
}
