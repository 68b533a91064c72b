import CLinux
import Foundation
import LogdPlatform
import LogdWire
import Synchronization
import Testing

@testable import LogdServer

@Suite struct `Who waits for a flush` {
  /// The client found the old tail, raised its target after the writer had read the words, and slept
  /// before the tail moved.
  @Test func `is woken when the tail had moved before the target was seen`() throws {
    let dataBytes = 16 << 10
    let head: UInt64 = 4096
    var pool = try BufferPool(bufferBytes: 8192, slotCount: 1)
    let scratch = try Mapping(privateByteCount: 4096)
    let controlFile = try ControlFile(id: 2, uid: 3)
    let files = RingFiles(
      data: try RingFiles.makeData(dataBytes),
      control: controlFile.grant(ring: 1, dataBytes: dataBytes, severity: .debug))
    let data = try Mapping(file: files.data.raw, byteCount: Layout.headerBytes + dataBytes)
    let control = try Mapping(file: controlFile.file.raw, byteCount: Layout.controlBytes)
    let ring = LogdServer.Ring(
      id: 1, slot: 0, peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("worker")), format: .text,
      dataBytes: dataBytes, clockOffset: 0, files: files)
    data.store(Layout.Header.head, head)
    data.store(Layout.Header.headCheck, ~head)
    try ring.load(&pool, scratch: scratch, now: 1)
    ring.consumed = head
    ring.tail = head

    let wasWoken = Atomic<Bool>(false)
    let sleeper = try PlatformThread("sleeper") {
      control.withBytes(Layout.Control.tail, 8) { word in
        unsafe word.withUnsafeBytes { bytes in
          // SAFETY: an aligned word of a mapping that lives as long as this test.
          unsafe _ = clinux_futex_wait(
            bytes.baseAddress, 0, 60_000_000_000, Layout.WaitBits.flush)
        }
      }
      wasWoken.store(true, ordering: .releasing)
    }
    // Once more until it sleeps.
    for target in stride(from: 8, through: head, by: 8) where !wasWoken.load(ordering: .acquiring) {
      data.store(Layout.Header.flushTarget, target)
      try ring.look(scratch)
      _ = clinux_poll(-1, 0, 2)
    }
    let isAwake = wasWoken.load(ordering: .acquiring)
    #expect(isAwake)
    while !wasWoken.load(ordering: .acquiring) {
      control.wake(Layout.Control.tail, count: .max, bits: .max)
    }
    sleeper.join()
  }
}
