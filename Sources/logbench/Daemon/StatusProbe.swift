internal import CLinux
internal import LogdControl
internal import LogdPlatform
internal import Synchronization

/// What a program that asks for the status all the time has seen.
struct StatusAnswers: Codable, Sendable {
  /// From the call that is sent to the answer's last byte.
  var daemon: Answers
  /// The same of a thread that does nothing but answer, asked by turns with the daemon.
  var standIn: Answers
  /// Answers in which received is not written + dropped + handed off + in the batch.
  var unbalanced: Int

  struct Answers: Codable, Sendable {
    var took: Percentiles
    var aboveTenMilliseconds: Int
    /// While so many of these, and so many of all, were under way, processor time was stolen.
    var aboveTenMillisecondsStolen: Int
    var stolen: Int
  }
}

/// Asks a daemon every 10 ms how it is, on a thread of its own and over one connection, and in between a
/// ``StandIn``. As root that thread comes before all ordinary ones: what is measured then is the daemon,
/// not when the asker gets its turn.
final class StatusProbe: Sendable {
  private static let pauseMilliseconds: Int32 = 5

  private struct Answers {
    static let limitNs = 10_000_000

    var histogram = Histogram()
    var aboveLimit = 0
    var aboveLimitStolen = 0
    var stolen = 0

    mutating func record(_ nanoseconds: UInt64, stolen isStolen: Bool) {
      histogram.record(nanoseconds)
      if isStolen { stolen += 1 }
      guard nanoseconds > Self.limitNs else { return }
      aboveLimit += 1
      if isStolen { aboveLimitStolen += 1 }
    }

    var seen: StatusAnswers.Answers {
      StatusAnswers.Answers(
        took: Percentiles(histogram), aboveTenMilliseconds: aboveLimit,
        aboveTenMillisecondsStolen: aboveLimitStolen, stolen: stolen)
    }
  }

  private struct Seen {
    var daemon = Answers()
    var standIn = Answers()
    var unbalanced = 0
    var failure: (any Error)?
  }

  private let seen = Mutex(Seen())
  private let isStopping = Atomic<Bool>(false)
  private let thread = Mutex<PlatformThread?>(nil)

  /// `clients`: so many the daemon has.
  init(_ runtimeDirectory: String, clients: Int) throws {
    let started = try PlatformThread("status") { [unowned self] in
      UrgentThread.comeFirst()
      do {
        try ask(ControlClient(runtimeDirectory: runtimeDirectory), clients)
      } catch {
        seen.withLock { $0.failure = error }
      }
    }
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
    return try seen.withLock { seen in
      if let failure = seen.failure { throw failure }
      return StatusAnswers(
        daemon: seen.daemon.seen, standIn: seen.standIn.seen, unbalanced: seen.unbalanced)
    }
  }

  private func ask(_ daemon: ControlClient, _ clients: Int) throws {
    let standIn = try StandIn(clients: clients)
    var stolen = StolenTime.ticks
    /// Whether time was stolen since the last look; the pause gives the kernel the time to note it.
    func pause() -> Bool {
      _ = clinux_poll(-1, 0, Self.pauseMilliseconds)
      let before = stolen
      stolen = StolenTime.ticks
      return stolen > before
    }
    while !isStopping.load(ordering: .acquiring) {
      let (answer, nanoseconds) = try Self.timed(daemon)
      let isStolen = pause()
      guard
        let status = try ControlJSON.decode(
          VarlinkReply<ReplyParameters.Status>.self, from: answer
        ).parameters?.status
      else { throw ControlError.incomprehensible(path: "control.sock") }
      let accounted =
        status.recordsWritten + status.recordsDropped + status.recordsHandedOff
        + status.recordsInBatch
      seen.withLock {
        $0.daemon.record(nanoseconds, stolen: isStolen)
        if status.recordsReceived != accounted { $0.unbalanced += 1 }
      }
      let other = try Self.timed(standIn.client).nanoseconds
      let isOtherStolen = pause()
      seen.withLock { $0.standIn.record(other, stolen: isOtherStolen) }
    }
    standIn.end()
  }

  private static func timed(
    _ control: ControlClient
  ) throws -> (answer: [UInt8], nanoseconds: UInt64) {
    let call = ControlJSON.encode(VarlinkCall(ControlInterface.Method.getStatus))
    let start = clinux_monotonic_ns()
    try control.send(call, timeoutNanoseconds: 2_000_000_000)
    let answer = try control.receive(timeoutNanoseconds: 2_000_000_000)
    return (answer, clinux_monotonic_ns() - start)
  }
}
