internal import CLinux
internal import LogdControl
internal import LogdPlatform
internal import Synchronization

/// What a program that asks for the status all the time has seen.
struct StatusAnswers: Codable, Sendable {
  /// From the call to the answer, decoded.
  var answers: Percentiles
  /// By how much the asker itself, which only sleeps in between, was woken late: the machine's part.
  var wakes: Percentiles
  var aboveTenMilliseconds: Int
  /// Of these, those that took so long also without the time in which a processor was withheld from all
  /// of us; nil: that was not seen, for it takes root.
  var aboveTenOfOurOwn: Int?
  /// Answers in which received is not written + dropped + handed off + in the batch.
  var unbalanced: Int
}

/// Asks a daemon every 10 ms how it is, on a thread of its own and over one connection. As root that
/// thread comes before all ordinary ones: what is measured then is the daemon, not when the asker gets its
/// turn.
final class StatusProbe: Sendable {
  private static let pauseMilliseconds: Int32 = 10
  private static let limitNs: UInt64 = 10_000_000

  private struct Seen {
    var answers = Histogram()
    var wakes = Histogram()
    var slow: [ProcessorWatch.Pause] = []
    var unbalanced = 0
    var failure: (any Error)?
  }

  private let seen = Mutex(Seen())
  private let isStopping = Atomic<Bool>(false)
  private let thread = Mutex<PlatformThread?>(nil)
  private let watch: ProcessorWatch?

  init(_ runtimeDirectory: String) throws {
    watch = try ProcessorWatch()
    let started = try PlatformThread("status") { [unowned self] in ask(runtimeDirectory) }
    thread.withLock { $0 = started }
  }

  /// What was seen until now. Throws when an answer did not come.
  func stop() throws -> StatusAnswers {
    isStopping.store(true, ordering: .releasing)
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
    let pauses = watch?.stop()
    return try seen.withLock { seen in
      if let failure = seen.failure { throw failure }
      return StatusAnswers(
        answers: Percentiles(seen.answers), wakes: Percentiles(seen.wakes),
        aboveTenMilliseconds: seen.slow.count,
        aboveTenOfOurOwn: pauses.map { pauses in
          seen.slow.count { Self.ownNs($0, without: pauses) > Self.limitNs }
        }, unbalanced: seen.unbalanced)
    }
  }

  /// How long an answer took but for the pauses in it.
  static func ownNs(
    _ answer: ProcessorWatch.Pause, without pauses: [ProcessorWatch.Pause]
  ) -> UInt64 {
    UInt64(answer.count) - pauses.reduce(0) { $0 + UInt64($1.clamped(to: answer).count) }
  }

  private func ask(_ runtimeDirectory: String) {
    ProcessorWatch.comeFirst()
    do {
      let control = try ControlClient(runtimeDirectory: runtimeDirectory)
      while !isStopping.load(ordering: .acquiring) {
        let before = clinux_monotonic_ns()
        _ = clinux_poll(-1, 0, Self.pauseMilliseconds)
        let asked = clinux_monotonic_ns()
        let late = asked - before - UInt64(Self.pauseMilliseconds) * 1_000_000
        let status = try control.status()
        note(asked..<clinux_monotonic_ns(), late, status)
      }
    } catch {
      seen.withLock { $0.failure = error }
    }
  }

  private func note(
    _ answer: ProcessorWatch.Pause, _ lateNs: UInt64, _ status: StatusSnapshot
  ) {
    let accounted =
      status.recordsWritten + status.recordsDropped + status.recordsHandedOff
      + status.recordsInBatch
    seen.withLock {
      $0.answers.record(UInt64(answer.count))
      $0.wakes.record(lateNs)
      if answer.count > Self.limitNs { $0.slow.append(answer) }
      if status.recordsReceived != accounted { $0.unbalanced += 1 }
    }
  }
}
