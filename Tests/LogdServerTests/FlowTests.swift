import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

/// When the writer looks again, of its own accord.
@Suite struct `While records keep coming` {
  private static let millisecond: UInt64 = 1_000_000
  private let parts: StartedParts

  init() throws { parts = try KilledDaemon().restart { _ in } }

  @Test func `those that are held wait for those that follow`() {
    let writer = writer(records: 100)
    let now = Clock.monotonicNanoseconds()
    let held = Writer.PassOutcome(heldUntil: now)
    #expect(writer.lingerEnd(after: held, now) == now + 4 * writer.settings.windowNanoseconds)
    #expect(writer.lingerEnd(after: Writer.PassOutcome(), now) == now + 8 * Self.millisecond)
    writer.flow.took(30, now)
    #expect(writer.lingerEnd(after: Writer.PassOutcome(), now) == now + 8 * Self.millisecond)
    writer.flow.took(100, now + Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + Self.millisecond, "fast")
  }

  @Test func `one that was rung for is written as soon as the order window lets it`() {
    let writer = writer(records: 100)
    let now = Clock.monotonicNanoseconds()
    let held = Writer.PassOutcome(heldUntil: now + Self.millisecond)
    writer.flow.bell(now + 2 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 2 * Self.millisecond)
    writer.flow.took(1, now + 1 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 2 * Self.millisecond)
    writer.flow.took(1, now + 2 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 9 * Self.millisecond)
  }

  @Test func `and when there are few of them, none waits longer than the order window`() {
    let writer = writer(records: 1)
    let now = Clock.monotonicNanoseconds()
    #expect(writer.lingerEnd(after: Writer.PassOutcome(heldUntil: now), now) == now)
  }

  /// Its producer saw a daemon that was awake, and has not rung.
  @Test func `what came since the last look is looked at soon, and at once when a ring fills`()
    throws
  {
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    let page = try Mapping(file: ring.files.data.raw, byteCount: Layout.headerBytes)
    let (writer, now) = (parts.writer, Clock.monotonicNanoseconds())
    let head = page.load(Layout.Header.head)
    func publish(_ head: UInt64) {
      page.store(Layout.Header.head, head)
      page.store(Layout.Header.headCheck, ~head)
    }
    publish(ring.loaded)
    #expect(ring.isActive)
    #expect(writer.endByNews(now) == .max)
    publish(ring.loaded + 64)
    #expect(writer.endByNews(now) == now + Writer.lingerNanoseconds)
    publish(ring.tail + UInt64(ring.dataBytes / 4))
    #expect(writer.endByNews(now) == now)
    writer.settings.windowNanoseconds = 100 * Self.millisecond
    #expect(
      writer.endByNews(now) == now + Writer.lingerNanoseconds, "not all that time without a pause")
    publish(head)
  }

  @Test func `rings linger until one of them rings or fills`() throws {
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    let writer = writer(records: 100)
    func said() -> SleepWord { ControlWords(ring.files.control).sleep }
    var time = Clock.monotonicNanoseconds()
    func take() {
      time += 2 * Self.millisecond
      writer.flow.took(1, time)
    }
    func sleep() {
      let outcome = writer.turn()
      take()
      writer.sleep(writer.inbox.alarm.ticket, after: outcome)
    }
    sleep()
    let first = said()
    #expect(first == SleepWord(.lingering, epoch: first.epoch))
    sleep()
    #expect(said() == first)
    take()
    ring.words.head = ring.tail + UInt64(ring.dataBytes / 4)
    writer.sleep(writer.inbox.alarm.ticket, after: Writer.PassOutcome())
    #expect(said() == SleepWord(.lingering, epoch: first.epoch + 1), "and looked at, when it fills")
    writer.inbox.send(.bell(ring, .now))
    writer.takeInbox()
    #expect(said().isAwake)
    sleep()
    #expect(said() == SleepWord(.lingering, epoch: first.epoch + 2), "or it would not ring again")
  }

  @Test func `what comes in bursts is steady`() {
    var flow = Flow()
    flow.took(32, Self.millisecond)
    for burst in 1...10 as ClosedRange<UInt64> {
      let at = 32 * burst * Self.millisecond
      flow.took(3, at)
      #expect(flow.isSteady(32))
      flow.took(29, at + Self.millisecond)
    }
    flow.took(3, 1000 * Self.millisecond)
    #expect(!flow.isSteady(32), "for some time only")
  }

  @Test func `it is given up when nothing came a few times`() {
    var flow = Flow()
    flow.took(5, Self.millisecond)
    flow.took(5, 2 * Self.millisecond)
    #expect(flow.isSteady(1))
    for _ in 0..<3 { flow.took(0, 3 * Self.millisecond) }
    #expect(!flow.isSteady(1))
    #expect(flow.isSteady(10), "as many bells cost more than some looks")
    for _ in 0..<Flow.passesInVainMax { flow.took(0, 3 * Self.millisecond) }
    #expect(!flow.isSteady(1000))
  }

  /// Of which two passes, a fifth of a second apart, have taken so many each.
  private func writer(records: UInt64) -> Writer {
    let now = Clock.monotonicNanoseconds()
    let writer = parts.writer
    writer.flow.took(records, now - 200 * Self.millisecond)
    writer.flow.took(records, now - Self.millisecond)
    return writer
  }
}
