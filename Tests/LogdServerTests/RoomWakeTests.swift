import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

@Suite struct `Who waits for room` {
  private func ring(dataBytes: Int) throws -> LogdServer.Ring {
    let files = RingFiles(
      data: try RingFiles.makeData(dataBytes),
      control: try ControlFile(id: 2, uid: 3).grant(
        ring: 1, dataBytes: dataBytes, severity: .debug))
    return LogdServer.Ring(
      id: 1, slot: 0, peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("worker")), format: .text,
      dataBytes: dataBytes, clockOffset: 0, files: files)
  }

  @Test(arguments: [
    (waits: true, before: 0, tail: 4096, head: 16384, isWoken: false),
    (waits: true, before: 4096, tail: 8184, head: 16384, isWoken: false),
    (waits: true, before: 4096, tail: 8192, head: 16384, isWoken: true),
    (waits: true, before: 8192, tail: 16384, head: 16384, isWoken: true),
    (waits: false, before: 0, tail: 8200, head: 8200, isWoken: true),
    (waits: false, before: 8, tail: 8200, head: 8200, isWoken: false),
    (waits: false, before: 0, tail: 8, head: 16384, isWoken: false),
  ])
  func `is woken once half of the ring is free, and may be who was not seen yet`(
    _ at: (waits: Bool, before: UInt64, tail: UInt64, head: UInt64, isWoken: Bool)
  ) throws {
    let ring = try ring(dataBytes: 16384)
    ring.words.isWaiting = at.waits
    ring.words.head = at.head
    ring.tail = at.tail
    #expect(ring.hasRoomForWaiters(since: at.before) == at.isWoken)
  }
}
