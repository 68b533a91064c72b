internal import Glibc
internal import Synchronization
internal import Testing

@testable import LogdPlatform

/// The thread that answers comes before all ordinary ones, but starves nobody.
@Suite struct `Urgency of a thread` {
  /// `SCHED_BATCH`, sched(7).
  private static let batch: Int32 = 3

  @Test(.enabled(if: geteuid() == 0, "real-time scheduling takes root"))
  func `urgent while it needs little, ordinary while it needs much`() throws {
    let seen = Mutex<[Int32]>([])
    let thread = try PlatformThread("urgent") {
      func note() { seen.withLock { $0.append(sched_getscheduler(0) & 0xff) } }
      note()
      var urgency = Urgency()
      note()
      // Busy, and then nearly idle: for so many looks at most.
      for _ in 0..<1_000_000 where sched_getscheduler(0) & 0xff != SCHED_OTHER {
        urgency.finishRound()
      }
      note()
      for _ in 0..<1000 where sched_getscheduler(0) & 0xff == SCHED_OTHER {
        usleep(1000)
        urgency.finishRound()
      }
      note()
    }
    thread.join()
    #expect(seen.withLock { $0 } == [SCHED_OTHER, SCHED_RR, SCHED_OTHER, SCHED_RR])
  }

  @Test func `a policy that somebody has chosen stays`() throws {
    let seen = Mutex<Int32>(-1)
    let thread = try PlatformThread("chosen") {
      var parameters = sched_param(sched_priority: 0)
      _ = unsafe sched_setscheduler(0, Self.batch, &parameters)
      var urgency = Urgency()
      for _ in 0..<100 { urgency.finishRound() }
      seen.withLock { $0 = sched_getscheduler(0) }
    }
    thread.join()
    #expect(seen.withLock { $0 } == Self.batch)
  }
}
