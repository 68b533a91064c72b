import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdServer

@Suite struct `A daemon that takes up what another left` {
  @Test func `writes what waited first, with its own time, then what it says of itself`() throws {
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
    let files = try RingFiles(id: 1, dataBytes: dataBytes, severity: .debug)
    let data = try Mapping(file: files.descriptors[0], byteCount: Layout.headerBytes + dataBytes)
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
