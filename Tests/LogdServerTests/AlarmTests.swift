import LogdPlatform
import LogdWire
import Synchronization
import Testing

@testable import LogdServer

@Suite struct `An alarm` {
  private static let millisecond: UInt64 = 1_000_000
  private let alarm: Alarm

  init() throws { alarm = try Alarm() }

  private var now: UInt64 { Clock.monotonicNanoseconds() }

  @Test func `a call before the sleep ends it at once, and is heard once`() {
    let ticket = alarm.ticket
    alarm.wake()
    alarm.wait(ticket, nanoseconds: nil)
    let start = now
    alarm.wait(alarm.ticket, nanoseconds: 2 * Self.millisecond)
    #expect(now >= start + 2 * Self.millisecond)
  }

  @Test func `a call ends a sleep`() throws {
    for _ in 0..<1000 {
      let ticket = alarm.ticket
      let thread = try PlatformThread("caller") { [alarm] in alarm.wake() }
      while alarm.ticket == ticket { alarm.wait(ticket, nanoseconds: nil) }
      thread.join()
    }
    alarm.wait(alarm.ticket, nanoseconds: 0)  // one that came between two sleeps
    let start = now
    alarm.wait(alarm.ticket, nanoseconds: 2 * Self.millisecond)
    #expect(now >= start + 2 * Self.millisecond)
  }

  @Test func `it goes off at its instant, also when that has passed`() {
    let due = now + 3 * Self.millisecond
    alarm.set(at: due)
    alarm.wait(alarm.ticket, nanoseconds: nil)
    #expect(now >= due)
    alarm.set(at: due)
    alarm.wait(alarm.ticket, nanoseconds: nil)
  }
}

/// When the writer is woken for what: a record that may wait costs one wake-up, not two.
@Suite struct `A bell` {
  private static let window: UInt64 = 400_000_000
  private let parts: StartedParts
  private let inbox: WriterInbox
  private let ring: LogdServer.Ring

  init() throws {
    parts = try KilledDaemon().restart { _ in }
    inbox = parts.writer.inbox
    inbox.windowNanoseconds.store(Self.window, ordering: .relaxed)
    ring = try #require(parts.registry.allRings.first { $0.room == nil })
    endCalm()
  }

  /// As if records were coming.
  private func endCalm() { inbox.calmFrom.store(.max, ordering: .relaxed) }

  private var now: UInt64 { Clock.monotonicNanoseconds() }

  /// Whether the writer is woken within so long.
  private func isWoken(within nanoseconds: UInt64 = 60_000_000_000) -> Bool {
    let start = now
    inbox.alarm.wait(inbox.alarm.ticket, nanoseconds: nanoseconds)
    return now < start + nanoseconds
  }

  @Test func `one for a record that may wait wakes when the order window is over`() {
    let stamp = now
    inbox.ring(ring, for: stamp)
    #expect(isWoken())
    #expect(now >= stamp + Self.window)
    parts.writer.takeInbox()
    let held = Writer.PassOutcome(heldUntil: stamp + 10 * Self.window)
    #expect(parts.writer.lingerEnd(after: held, stamp) == stamp + Self.window)
  }

  @Test func `a later one does not put it off`() throws {
    let other = try #require(parts.registry.allRings.first { $0.room != nil })
    let stamp = now
    inbox.ring(ring, for: stamp)
    inbox.ring(other, for: stamp + Self.window / 2)
    #expect(isWoken())
    inbox.ring(other, for: now)
    #expect(!isWoken(within: 3 * Self.window), "it waits in the queue already")
    parts.writer.takeInbox()
    inbox.ring(other, for: now)
    #expect(isWoken())
  }

  @Test func `an urgent one wakes at once, also after one that may wait`() {
    inbox.ring(ring, for: now)
    let ticket = inbox.alarm.ticket
    inbox.ring(ring, for: nil)
    #expect(inbox.alarm.ticket != ticket)
  }

  @Test func `one out of a calm wakes at once`() {
    inbox.calmFrom.store(now, ordering: .relaxed)
    let ticket = inbox.alarm.ticket
    inbox.ring(ring, for: now)
    #expect(inbox.alarm.ticket == ticket + 1)
  }

  /// Bad input: the client says when its record was logged.
  @Test func `a stamp of the past is due, one of the future is now`() {
    let ticket = inbox.alarm.ticket
    inbox.ring(ring, for: 0)
    #expect(inbox.alarm.ticket == ticket + 1)
    parts.writer.takeInbox()
    inbox.ring(ring, for: .max)
    #expect(inbox.alarm.ticket == ticket + 1)
    #expect(isWoken())
  }

  @Test func `text that may wait does, errors do not, nor does text that fills its ring`() throws {
    parts.sleep()
    endCalm()
    let ticket = inbox.alarm.ticket
    try parts.send("one\n")
    #expect(inbox.alarm.ticket == ticket)
    #expect(isWoken())
    try parts.send("<3>two\n")
    #expect(inbox.alarm.ticket == ticket + 1)
    parts.flush()
    parts.sleep()
    let intake = try #require(parts.registry.allRings.first { $0.room != nil })
    for sleep in [SleepWord(.asleep, epoch: 1000), SleepWord(.lingering, epoch: 1001)] {
      intake.announce(sleep)
      endCalm()
      let before = inbox.alarm.ticket
      try parts.send(String(repeating: "three\n", count: 2000))
      #expect(inbox.alarm.ticket == before + 1)
      parts.flush()
    }
  }
}
