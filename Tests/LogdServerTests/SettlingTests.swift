import Glibc
import LogdPlatform
import LogdWire
import Synchronization
import Testing

@testable import LogdServer

/// Who waits for the order window, and who need not: P2.
@Suite struct `The first record after a calm` {
  private static let window: UInt64 = 300_000_000
  private let killed: KilledDaemon
  private let parts: StartedParts
  private let writer: Writer
  /// Of two clients, both asleep.
  private let ring: LogdServer.Ring
  private let other: LogdServer.Ring

  init() throws {
    killed = try KilledDaemon()
    parts = try killed.restart { _ in }
    writer = parts.writer
    writer.settings.windowNanoseconds = Self.window
    writer.inbox.windowNanoseconds.store(Self.window, ordering: .relaxed)
    other = try #require(parts.registry.allRings.first { $0.room == nil })
    ring = try Self.makeRing(slot: 5)
    writer.inbox.send(.attach(ring))
    parts.flush()
    parts.sleep()
    try #require(!ring.isActive && !other.isActive)
    pause(Writer.calmNanoseconds)
  }

  private static func makeRing(slot: Int) throws -> LogdServer.Ring {
    LogdServer.Ring(
      id: 9 + UInt64(slot), slot: slot,
      peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("new")), format: .text,
      dataBytes: 16 << 10, clockOffset: 0,
      files: try RingFiles(id: 9 + UInt64(slot), dataBytes: 16 << 10))
  }

  private var now: UInt64 { Clock.monotonicNanoseconds() }

  private func pause(_ nanoseconds: UInt64) {
    let start = now
    while now < start + nanoseconds {}
  }

  private func store(_ word: UInt64, at offset: Int, in ring: LogdServer.Ring) {
    var word = word
    unsafe pwrite(ring.files.data.raw, &word, 8, off_t(offset))
  }

  /// As its client does.
  private func publish(_ text: String, at stamp: UInt64, in ring: LogdServer.Ring) {
    var frame = SelfRecord(.info, text).frame
    frame += [UInt8](repeating: 0, count: -frame.count & 7)
    for index in 0..<8 { frame[8 + index] = UInt8(truncatingIfNeeded: stamp >> UInt64(8 * index)) }
    let head = ring.words.head
    unsafe pwrite(
      ring.files.data.raw, frame, frame.count, off_t(Layout.headerBytes) + off_t(head))
    store(~(head + UInt64(frame.count)), at: Layout.Header.headCheck, in: ring)
    store(head + UInt64(frame.count), at: Layout.Header.head, in: ring)
  }

  private var texts: [String] {
    get throws {
      try killed.lines().compactMap {
        $0.split(separator: ": ", maxSplits: 1).last.map(String.init)
      }
    }
  }

  private func turnUntilWritten(_ text: String) throws {
    let deadline = now + 10_000_000_000
    while try texts.last != text {
      try #require(now < deadline)
      _ = writer.turn()
    }
  }

  @Test func `is written at once when nobody is making another one`() throws {
    let stamp = now
    publish("alone", at: stamp, in: ring)
    writer.inbox.ring(ring, for: stamp)
    pause(2 * Writer.settlingNanoseconds)
    _ = writer.turn()
    #expect(try texts.last == "alone")
    #expect(now < stamp + Self.window)
    // What comes soon after it may wait, and does.
    publish("next", at: now, in: ring)
    writer.inbox.ring(ring, for: now)
    pause(2 * Writer.settlingNanoseconds)
    _ = writer.turn()
    #expect(try texts.last == "alone")
    try turnUntilWritten("next")
  }

  /// Bad input: bells as fast as a client can send them.
  @Test func `is no bell for nothing, which wakes the writer at once only once`() {
    writer.inbox.ring(ring, for: now)
    _ = writer.turn()
    let ticket = writer.inbox.alarm.ticket
    writer.inbox.ring(ring, for: now)
    #expect(writer.inbox.alarm.ticket == ticket)
  }

  enum Hindrance: CaseIterable { case isCalling, hasPublished, isTaking }

  @Test(arguments: Hindrance.allCases)
  func `waits where an older one may come, and comes after it`(_ hindrance: Hindrance) throws {
    let late = writer.counters.late
    let stamp = now
    let intake = try #require(parts.registry.allRings.first { $0.room != nil })
    switch hindrance {
    case .isCalling: store(1, at: Layout.Header.calling, in: other)
    case .hasPublished: publish("older", at: stamp - 1000, in: other)
    case .isTaking: intake.isTaking.store(true, ordering: .relaxed)
    }
    publish("newer", at: stamp, in: ring)
    writer.inbox.ring(ring, for: stamp)
    pause(2 * Writer.settlingNanoseconds)
    let outcome = writer.turn()
    #expect(outcome.heldUntil != nil)
    #expect(try !texts.contains("newer"))
    if hindrance != .hasPublished { publish("older", at: stamp - 1000, in: other) }
    writer.inbox.ring(other, for: stamp)
    try turnUntilWritten("newer")
    #expect(try texts.suffix(2) == ["older", "newer"])
    #expect(writer.counters.late == late)
    #expect(now >= stamp + Self.window)
  }

  /// It has logged before it had a ring, or had moved it there: the daemon cannot have known.
  @Test(arguments: [true, false])
  func `is not overtaken by those of a client that comes later`(isAttached: Bool) throws {
    let late = try Self.makeRing(slot: 4)
    if isAttached { writer.inbox.send(.attach(late)) }
    _ = writer.turn()
    let stamp = now
    publish("first", at: stamp, in: ring)
    writer.inbox.ring(ring, for: stamp)
    pause(2 * Writer.settlingNanoseconds)
    _ = writer.turn()
    try #require(texts.last == "first")
    let lateBefore = writer.counters.late
    publish("logged before it came", at: stamp - 1_000_000, in: late)
    if !isAttached { writer.inbox.send(.attach(late)) }
    try turnUntilWritten("logged before it came")
    let times = try killed.lines().suffix(2).map { String($0.prefix(27)) }
    #expect(times == times.sorted())
    #expect(writer.counters.late == lateBefore)
  }
}
