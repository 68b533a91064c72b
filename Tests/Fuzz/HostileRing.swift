import CFuzz
import CLinux
import Glibc
import LogdArchive
import LogdPlatform
import LogdWire

@testable import LogdServer

/// A client that changes its ring between any two looks of the daemon's writer: the real writer, whose
/// every pread(2) of the ring first lets the input do something to it. The ring is new, or one that an
/// earlier daemon has left, with anything in its control block and in the ledger.
///
/// What must hold: nothing traps, each line of the file is whole and sound, the counts are balanced,
/// and a client that hangs up is released.
final class HostileRing {
  nonisolated(unsafe) static let shared = HostileRing()
  /// Of the ring that is read now, for the hook.
  nonisolated(unsafe) private static var script: RingScript?

  private let limits = FrameLimits(recordBytes: 1024, fields: 8)
  private let writer: Writer
  private let file: LogdServer.LogFile
  private let memory: Mapping
  private let frames: FrameCount
  private let released = Released()
  private var ringsMade: UInt64 = 0

  // SAFETY: one thread.
  private final class Released: @unchecked Sendable { var ring: UInt64 = 0 }

  private init() {
    do {
      let path = "/dev/shm/logd-fuzz-\(clinux_getpid())"
      let ledgerFile = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      let ledger = try Ledger(
        Descriptor(owning: try check(ledgerFile)), slotCount: 4, batchCapacity: 1 << 20)
      unsafe unlink(path)
      file = try LogdServer.LogFile(path, mode: 0o600, group: nil)
      unsafe unlink(path)
      memory = try Mapping(privateByteCount: 1 << 20)
      frames = try FrameCount(limits)
      var configuration = Configuration()
      configuration.order.windowNanoseconds = 0
      let released = released
      writer = try Writer(
        settings: Service.settings(configuration, limits), ledger: ledger, file: file, pid: 1,
        uid: 2, feed: LineFeed {}, journal: JournalSink(),
        released: { ring, _ in released.ring = ring.id })
    } catch {
      fatalError("\(error)")
    }
    cfuzz_before_reads { descriptor in
      guard let script = unsafe HostileRing.script, script.descriptor == descriptor else { return }
      script.look()
    }
  }

  func read(_ input: [UInt8]) {
    do {
      let ring = try makeRing(input)
      writer.inbox.send(.attach(ring))
      for _ in 0..<64 where unsafe Self.script?.isAtEnd == false {
        _ = writer.turn()
        _ = frames.count(ring)
        _ = ring.lookFromOutside(memory)
      }
      writer.inbox.send(.hangUp(ring))
      // What is left of the input may still move the head once for each look.
      for _ in 0..<1 << 16 where released.ring != ring.id { _ = writer.turn() }
      precondition(released.ring == ring.id, "who hangs up is released")
      unsafe Self.script = nil
      try checkFile()
    } catch {
      fatalError("\(error)")
    }
    let counters = writer.counters
    precondition(
      counters.received == counters.written &+ counters.dropped &+ counters.handedOff,
      "the counts are balanced")
  }

  private func makeRing(_ input: [UInt8]) throws -> LogdServer.Ring {
    ringsMade += 1
    let controlFile = try ControlFile(id: ringsMade, uid: 4)
    let data = try RingFiles.makeData(RingScript.dataBytes)
    let page = controlFile.grant(
      ring: ringsMade, dataBytes: RingScript.dataBytes, severity: .debug)
    let script = RingScript(input, data.raw)
    unsafe Self.script = script
    guard script.flip() else { return ring(RingFiles(data: data, control: page)) }
    script.leave(page)
    let end = RingEnd(tail: script.position(), droppedTaken: script.word(8))
    let resumed = ring(RingFiles(data: data, left: page))
    guard let own = resumed.files.left?.end else { preconditionFailure("there is a page") }
    resumed.resume(at: script.flip() ? own : end)
    return resumed
  }

  private func ring(_ files: consuming RingFiles) -> LogdServer.Ring {
    LogdServer.Ring(
      id: ringsMade, slot: 0, peer: Peer(pid: 3, uid: 4, gid: 5, ident: Ident("fuzz")),
      format: .text, dataBytes: RingScript.dataBytes, clockOffset: 0, files: files)
  }

  /// Reads back what was written, and takes it out of the file.
  private func checkFile() throws {
    let count = try memory.fill(0, byteCount: memory.byteCount, from: file.raw, at: 0)
    let bytes = memory.withBytes(0, count) { text in (0..<count).map { text.u8(at: $0) } }
    ftruncate(file.raw, 0)
    guard count < memory.byteCount else { return }
    precondition(bytes.last ?? 10 == 10, "the last line is whole")
    for line in bytes.split(separator: 10) {
      precondition(LogFormat.text.parse(Array(line).span).record != nil, "a line reads back")
    }
  }
}

/// What is done to a ring, a few steps before each look at it.
final class RingScript {
  static let dataBytes = 4096
  var descriptor: Int32
  private let input: [UInt8]
  private var at = 0
  private var head: UInt64 = 0

  init(_ input: [UInt8], _ descriptor: Int32) {
    self.input = input
    self.descriptor = descriptor
  }

  var isAtEnd: Bool { at >= input.count }

  func look() {
    for _ in 0..<4 where !isAtEnd {
      switch byte() % 8 {
      case 0: publish(UInt64(word(2)) * 8)
      case 1:
        store(word(8), at: Layout.Header.head)
        store(word(8), at: Layout.Header.headCheck)
      case 2: store(UInt64(word(2)) * 8, at: Layout.Header.head)
      case 3: overwrite()
      case 4: clinux_punch(descriptor)
      case 5: store(word(8), at: Layout.Header.dropped + Int(byte() % 4) * 8)
      case 6: return
      default: append()
      }
    }
  }

  func flip() -> Bool { byte() % 2 == 1 }

  /// Where a daemon can have been, or anything.
  func position() -> UInt64 { flip() ? UInt64(word(2)) * 8 : word(8) }

  /// What an earlier daemon had to say, in its control block.
  func leave(_ control: ControlBlock) {
    head = position()
    publish(head)
    for offset in [Layout.Control.tail, Layout.Control.synced] where flip() {
      control.store(offset, position())
    }
    control.store32(Layout.Control.sleep, UInt32(truncatingIfNeeded: word(4)))
    for offset in [Layout.Header.flushTarget, Layout.Header.syncTarget] where flip() {
      store(position(), at: offset, of: descriptor)
    }
  }

  /// A sound record, or what the input makes of one.
  private func append() {
    let text = String(repeating: "m", count: Int(byte()))
    let frame = SelfRecord(Severity(rawValue: byte() % 8) ?? .debug, text, [("k", "v")]).frame
    write(frame, at: Int(head % UInt64(Self.dataBytes)))
    publish(head &+ UInt64(Layout.padded(frame.count)))
  }

  private func overwrite() {
    let offset = Int(word(2)) % Self.dataBytes
    let count = min(Int(byte() % 32), input.count - at)
    write(Array(input[at..<at + count]), at: offset)
    at += count
  }

  private func publish(_ position: UInt64) {
    head = position
    store(~position, at: Layout.Header.headCheck)
    store(position, at: Layout.Header.head)
  }

  /// Around the end of the data area.
  private func write(_ bytes: [UInt8], at offset: Int) {
    let first = min(bytes.count, Self.dataBytes - offset)
    unsafe pwrite(descriptor, bytes, first, Layout.headerBytes + offset)
    let rest = Array(bytes[first...])
    unsafe pwrite(descriptor, rest, rest.count, Layout.headerBytes)
  }

  private func store(_ word: UInt64, at offset: Int, of file: Int32? = nil) {
    let words = [word]
    unsafe pwrite(file ?? descriptor, words, 8, offset)
  }

  private func byte() -> UInt8 {
    guard !isAtEnd else { return 0 }
    at += 1
    return input[at - 1]
  }

  func word(_ count: Int) -> UInt64 {
    (0..<count).reduce(0) { word, _ in word << 8 | UInt64(byte()) }
  }
}
