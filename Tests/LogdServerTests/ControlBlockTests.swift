import CLinux
import Glibc
import LogdPlatform
import LogdWire
import Synchronization
import Testing

@testable import LogdServer

@Suite struct `What the daemon tells a client` {
  @Test func `a starting one tells at once what is in the file, the rest before it sleeps`() throws
  {
    let killed = try KilledDaemon()
    let before = try words(killed)
    let parts = try killed.restart { _ in }
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    #expect(ring.tail > before.load(Layout.Control.tail))
    #expect(try words(killed).load(Layout.Control.tail) == ring.tail)
    parts.sleep()
    #expect(!ring.isActive)
    #expect(try words(killed).load(Layout.Control.synced) == ring.synced)
  }

  /// Of a writer that has too much to do to sleep. The client found the old word, and raised its target
  /// after the writer had looked.
  @Test func `who waits for the disk is woken when the sync came before its wish was seen`() throws
  {
    let killed = try KilledDaemon()
    let parts = try killed.restart { _ in }
    let ring = try #require(parts.registry.allRings.first { $0.room == nil })
    let page = try Mapping(file: killed.control.raw, byteCount: Layout.controlBytes)
    let old = page.load(Layout.Control.synced)
    ring.synced = ring.tail
    let isAwake = Atomic<Bool>(false)
    let sleeper = try PlatformThread("sleeper") {
      page.withBytes(Layout.Control.synced, 8) { word in
        unsafe word.withUnsafeBytes { bytes in
          // SAFETY: an aligned word of a mapping that lives as long as this test.
          unsafe _ = clinux_futex_wait(
            bytes.baseAddress, UInt32(truncatingIfNeeded: old), 60_000_000_000,
            Layout.WaitBits.flush)
        }
      }
      isAwake.store(true, ordering: .releasing)
    }
    let data = try Mapping(file: ring.files.data.raw, byteCount: Layout.headerBytes)
    let first = data.load(Layout.Header.syncTarget)
    // Once more until it sleeps; the word it sleeps on moves with the first.
    for target in stride(from: first + 8, through: ring.tail, by: 8)
    where !isAwake.load(ordering: .acquiring) {
      _ = clinux_poll(-1, 0, 2)
      data.store(Layout.Header.syncTarget, target)
      _ = parts.writer.turn()
    }
    #expect(page.load(Layout.Control.synced) == ring.tail)
    let isWoken = isAwake.load(ordering: .acquiring)
    #expect(isWoken)
    while !isAwake.load(ordering: .acquiring) {
      page.wake(Layout.Control.synced, count: .max, bits: .max)
    }
    sleeper.join()
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

  @Test func `a severity goes into the block of each ring, the intake's too`() throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart { _ in }
    parts.registry.setSeverity(.error)
    var heard: [UInt32] = []
    for ring in parts.registry.allRings {
      heard.append(ring.files.control.load32(Layout.Control.severity))
    }
    #expect(heard == [3, 3])
  }

  private func words(_ killed: KilledDaemon) throws -> Mapping {
    let copy = try Mapping(privateByteCount: Layout.controlBytes)
    let count = try copy.fill(0, byteCount: Layout.controlBytes, from: killed.control.raw, at: 0)
    #expect(count == Layout.controlBytes)
    return copy
  }
}
