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
    let writer = writer(records: 5)
    let now = Clock.monotonicNanoseconds()
    let held = Writer.PassOutcome(heldUntil: now)
    #expect(writer.lingerEnd(after: held, now) == now + 3 * writer.settings.windowNanoseconds)
    #expect(writer.lingerEnd(after: Writer.PassOutcome(), now) == now + 6 * Self.millisecond)
    writer.flow.took(100, now)
    #expect(writer.lingerEnd(after: held, now) == now + Self.millisecond, "20 a millisecond")
  }

  @Test func `one that was rung for is written as soon as the order window lets it`() {
    let writer = writer(records: 5)
    let now = Clock.monotonicNanoseconds()
    let held = Writer.PassOutcome(heldUntil: now + Self.millisecond)
    writer.flow.bell(now + 2 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 2 * Self.millisecond)
    writer.flow.took(1, now + 1 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 2 * Self.millisecond)
    writer.flow.took(1, now + 2 * Self.millisecond)
    #expect(writer.lingerEnd(after: held, now) == now + 7 * Self.millisecond)
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
    publish(head)
  }

  @Test func `it is given up when nothing came a few times`() {
    var flow = Flow()
    flow.took(5, Self.millisecond)
    flow.took(5, 2 * Self.millisecond)
    #expect(flow.isSteady(1))
    for _ in 0..<3 { flow.took(0, 3 * Self.millisecond) }
    #expect(!flow.isSteady(1))
    #expect(flow.isSteady(10), "as many bells cost more than some looks")
    for _ in 0..<Writer.looksInVainMax { flow.took(0, 3 * Self.millisecond) }
    #expect(!flow.isSteady(1000))
  }

  /// Of which two passes, five milliseconds apart, have taken so many each.
  private func writer(records: UInt64) -> Writer {
    let now = Clock.monotonicNanoseconds()
    let writer = parts.writer
    writer.flow.took(records, now - 6 * Self.millisecond)
    writer.flow.took(records, now - Self.millisecond)
    return writer
  }
}
