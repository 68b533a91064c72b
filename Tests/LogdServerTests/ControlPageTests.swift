import CLinux
import Glibc
import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

@Suite struct `What the daemon tells a client` {
  @Test func `a starting one tells the tail before it maps the page, then all else`() throws {
    let killed = try KilledDaemon()
    let before = try words(killed)
    let parts = try killed.restart { _ in }
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    #expect(!ring.files.control.isMapped)
    #expect(ring.tail > before.load(Layout.Control.tail))
    let told = try words(killed)
    #expect(told.load(Layout.Control.tail) == before.load(Layout.Control.tail))
    #expect(told.load(Layout.Control.told) == ring.tail)
    #expect(told.load(Layout.Control.toldCheck) == ~ring.tail)

    parts.sleep()
    #expect(ring.files.control.isMapped && !ring.isActive)
    let mapped = try words(killed)
    #expect(mapped.load(Layout.Control.tail) == ring.tail)
    #expect(mapped.load(Layout.Control.synced) == ring.synced)
  }

  /// Of a writer that has too much to do to sleep.
  @Test func `who waits for the disk hears of a sync that came before`() throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart { _ in }
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    ring.synced = ring.tail
    ring.tellSynced()
    #expect(!ring.files.control.isMapped)
    let data = try Mapping(file: ring.files.data.raw, byteCount: Layout.headerBytes)
    data.store(Layout.Header.syncTarget, ring.tail)
    _ = parts.writer.turn()
    #expect(try words(killed).load(Layout.Control.synced) == ring.tail)
  }

  /// It has rung for that one, and would not ring for another of this number.
  @Test func `goes to sleep with no epoch that the daemon before had`() throws {
    let killed = try KilledDaemon()
    let old = SleepWord(.asleep, epoch: 57)
    for byte in 0..<4 {
      killed.ringImage.control[Layout.Control.sleep + byte] =
        UInt8(truncatingIfNeeded: old.rawValue >> (8 * byte))
    }
    let parts = try killed.restart { _ in }
    parts.sleep()
    let word = SleepWord(rawValue: try words(killed).load32(Layout.Control.sleep))
    #expect(word.wantsBell(severity: 7))
    #expect(word.epoch > old.epoch)
  }

  @Test func `a severity goes into the page of each ring, the intake's too`() throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart { _ in }
    parts.registry.setSeverity(.error)
    var heard: [UInt32] = []
    for ring in parts.registry.allRings {
      try ring.files.control.tell { heard.append($0.load32(Layout.Control.severity)) }
    }
    #expect(heard == [3, 3])
  }

  @Test func `one whose page cannot be mapped is let go`() throws {
    let files = try RingFiles(id: 1, dataBytes: 16 << 10, severity: .debug)
    let other = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    try #require(dup2(other, files.descriptors[1]) >= 0)
    close(other)
    let ring = LogdServer.Ring(
      id: 1, slot: 0, peer: Peer(pid: 1, uid: 2, gid: 3, ident: Ident("worker")), format: .text,
      dataBytes: 16 << 10, clockOffset: 0, files: files)
    ring.announce(SleepWord(.asleep, epoch: 1))
    #expect(ring.isClosing)
    guard case .noMemory = ring.fault else {
      Issue.record("not quarantined for that: \(String(describing: ring.fault))")
      return
    }
  }

  private func words(_ killed: KilledDaemon) throws -> Mapping {
    let copy = try Mapping(privateByteCount: Layout.controlBytes)
    let count = try copy.fill(0, byteCount: Layout.controlBytes, from: killed.control.raw, at: 0)
    #expect(count == Layout.controlBytes)
    return copy
  }
}
