// The hand-off to journald, sd_journal_sendv(3), which blocks while journald is stopped: on a thread
// of its own, fed from a bounded queue. The writer puts each batch that is in the file into the queue,
// and goes on; a batch for which there is no room is not handed off, and counted.
//
// What journald does with what it has taken it does not say: 0 is no receipt. Where there is no
// journald at all sd_journal_sendv(3) says 0 too, so its socket is looked for first: without one the
// record is dropped and counted.

internal import CSystemd
internal import Glibc
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
  private static let socket = "/run/systemd/journal/socket"

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
          text.removeAll(keepingCapacity: true)
          ends.removeAll(keepingCapacity: true)
          record.append(from: bytes, to: &text, ends: &ends)
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
    let isThere = unsafe access(Self.socket, F_OK) == 0
    let result = isThere ? Self.call(&text, ends) : -ENOENT
    state.withLock { state in
      state.report.callingSince = 0
      if result >= 0 { state.report.records += 1 } else { state.report.dropped += 1 }
    }
  }

  private static func call(_ text: inout [UInt8], _ ends: [Int]) -> Int32 {
    unsafe text.withUnsafeMutableBytes { bytes in
      var start = 0
      // SAFETY: each part lies in the buffer, which lives for the call.
      let parts = unsafe ends.map { end in
        defer { start = end }
        return unsafe iovec(
          iov_base: bytes.baseAddress.map { unsafe $0 + start }, iov_len: end - start)
      }
      return unsafe sd_journal_sendv(parts, Int32(parts.count))
    }
  }
}
