import Glibc
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdServer

@Suite struct `A daemon that takes up what another left` {
  @Test func `writes what waited with its own time, and before what it says of itself`() throws {
    let killed = try KilledDaemon()
    let died = Clock.monotonicNanoseconds()
    // More than the order window.
    while Clock.monotonicNanoseconds() < died + 10_000_000 {}
    try killed.restart { _ in }.flush()
    let lines = try killed.lines()
    let waited = try #require(lines.firstIndex { $0.hasSuffix("]: text three") })
    let said = try #require(lines.firstIndex { $0.contains("finished the last batch") })
    #expect(waited < said)
    // The last one that waited is older than the death of its daemon.
    let distance = try Self.microseconds(lines[said]) - Self.microseconds(lines[waited])
    #expect(distance >= 10_000, "\(lines[waited])\n\(lines[said])")
  }

  /// Than the order window before it, to be exact.
  @Test func `lets no record of a new client be older than what is written, however soon it comes`()
    throws
  {
    let began = Clock.realtimeNanoseconds() - 2_000_000
    let killed = try KilledDaemon()
    try Self.expectVeryOld(killed, since: began)
  }

  @Test func `lets no record of a new client be older than itself where the ledger is lost`() throws
  {
    let killed = try KilledDaemon()
    let died = Clock.monotonicNanoseconds()
    while Clock.monotonicNanoseconds() < died + 10_000_000 {}
    try Self.expectVeryOld(killed, since: Clock.realtimeNanoseconds()) { $0.ledger.cut(to: 0) }
  }

  private static func expectVeryOld(
    _ killed: KilledDaemon, since began: Int64,
    _ damage: (inout KilledDaemon.Image) -> Void = { _ in }
  ) throws {
    let parts = try killed.restart(damage) { try attach(to: $0, ["very old": 1]) }
    parts.flush()
    let line = try #require(try killed.lines().first { $0.contains(": very old") })
    #expect(try microseconds(line) >= began / 1000 % 86_400_000_000, "\(began)\n\(line)")
    #expect(line.contains(" _stamp="), "\(line)")
  }

  /// Records that a client has logged while no daemon ran, and moved into its new ring.
  @Test func `keeps the times of what clients hand over`() throws {
    let killed = try KilledDaemon()
    let died = Clock.monotonicNanoseconds()
    while Clock.monotonicNanoseconds() < died + 10_000_000 {}
    let parts = try killed.restart({ _ in }) { writer in
      try Self.attach(to: writer, ["handed over": died])
    }
    parts.flush()
    let lines = try killed.lines()
    let handed = try #require(lines.first { $0.contains(": handed over") })
    let said = try #require(lines.first { $0.contains("finished the last batch") })
    let distance = try Self.microseconds(said) - Self.microseconds(handed)
    #expect(distance >= 10_000, "\(handed)\n\(said)")
  }

  @Test func `says what it has to say in time order with what clients log`() throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart { _ in }
    parts.flush()
    let writer = parts.writer
    let before = Clock.monotonicNanoseconds()
    while Clock.monotonicNanoseconds() < before + 100_000 {}
    writer.inbox.say(.notice, "in the middle")
    // Nobody waits: both are held for the order window, and then written by their stamps.
    _ = writer.turn()
    try Self.attach(to: writer, ["first": before, "last": Clock.monotonicNanoseconds()])
    let deadline = Clock.monotonicNanoseconds() + 10_000_000_000
    while try !killed.lines().contains(where: { $0.hasSuffix(": last") }) {
      try #require(Clock.monotonicNanoseconds() < deadline)
      _ = writer.turn()
    }
    let texts = try killed.lines().map { $0.split(separator: ": ", maxSplits: 1).last ?? "" }
    #expect(texts.suffix(3) == ["first", "in the middle", "last"])
    let times = try killed.lines().suffix(3).map { String($0.prefix(27)) }
    #expect(times == times.sorted())
  }

  @Test func `keeps no more than a thousand records about itself waiting`() throws {
    let killed = try KilledDaemon()
    let writer = try killed.restart { _ in }.writer
    for number in 0..<3000 { writer.say(SelfRecord(.notice, "number \(number)")) }
    #expect(writer.own.count == WriterInbox.selfRecordsMax)
    // So many do not wait for the order window.
    _ = writer.turn()
    #expect(writer.own.isEmpty)
    #expect(try killed.lines().contains { $0.hasSuffix(": number 900") })
  }

  /// A client that is new, with these records and their stamps.
  private static func attach(to writer: Writer, _ records: KeyValuePairs<String, UInt64>) throws {
    let dataBytes = 16 << 10
    let files = try RingFiles(id: 9, dataBytes: dataBytes)
    let data = files.data.raw
    var head = 0
    for (text, var stamp) in records {
      var frame = SelfRecord(.info, text).frame
      frame += [UInt8](repeating: 0, count: -frame.count & 7)
      for index in 8..<16 {
        frame[index] = UInt8(truncatingIfNeeded: stamp)
        stamp >>= 8
      }
      unsafe pwrite(data, frame, frame.count, off_t(Layout.headerBytes + head))
      head += frame.count
    }
    let words = [UInt64(head), ~UInt64(head)]
    unsafe pwrite(data, words, 16, off_t(Layout.Header.head))
    let ring = LogdServer.Ring(
      id: 9, slot: 5, peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("new")), format: .text,
      dataBytes: dataBytes, clockOffset: 0, files: files)
    writer.inbox.send(.attach(ring))
  }

  /// Of the day.
  private static func microseconds(_ line: Substring) throws -> Int {
    let clock = line.dropFirst(11).prefix(15).split { ":.".contains($0) }
    let parts = clock.compactMap { Int($0) }
    try #require(parts.count == 4)
    return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000_000 + parts[3]
  }

  /// What a client publishes, however much at a time, comes out as it went in: out of the ring's place
  /// in the pool, out of a buffer, and on the way from one into the other.
  @Test(arguments: [1, 7, 40] as [UInt64])
  func `a ring moves from its place in the pool into a buffer as its records come`(
    seed: UInt64
  ) throws {
    var random = Seeded(seed: seed)
    let dataBytes = 16 << 10
    var pool = try BufferPool(bufferBytes: 4096, slotCount: 3)
    let scratch = try Mapping(privateByteCount: 4096)
    let files = try RingFiles(id: 1, dataBytes: dataBytes)
    let data = try Mapping(file: files.data.raw, byteCount: Layout.headerBytes + dataBytes)
    let ring = LogdServer.Ring(
      id: 1, slot: 2, peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("worker")), format: .text,
      dataBytes: dataBytes, clockOffset: 0, files: files)
    var head: UInt64 = 0
    for _ in 0..<2000 {
      if head - ring.consumed < 8192 {
        let most = [4, 40, 400].randomElement(using: &random)!
        for _ in 0..<Int.random(in: 0..<most, using: &random) {
          data.store(Layout.headerBytes + Int(head % UInt64(dataBytes)), head)
          head += 8
        }
      }
      data.store(Layout.Header.head, head)
      data.store(Layout.Header.headCheck, ~head)
      try ring.load(&pool, scratch: scratch, now: 1)
      #expect(ring.hasMore == (ring.loaded < head))
      guard let buffer = ring.buffer else { continue }
      #expect(buffer.range.contains(ring.start) || ring.bufferedBytes == 0)
      let count = Int.random(in: 0...ring.bufferedBytes / 8, using: &random)
      for _ in 0..<count {
        #expect(buffer.owner.memory.load(ring.start) == ring.consumed)
        ring.start += 8
        ring.consumed += 8
      }
      ring.tail = ring.consumed
      if Int.random(in: 0..<5, using: &random) == 0 { ring.releaseBuffer(&pool) }
    }
    #expect(head > 100_000)
  }
}
