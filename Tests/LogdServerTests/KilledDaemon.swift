import CLinux
import Glibc
import LogdPlatform
import LogdWire

@testable import LogdServer

/// What a daemon leaves that was killed in the middle of a batch: ledger, intake, log file and a ring in
/// a bag; to be damaged and put back as often as wanted.
final class KilledDaemon {
  struct Image {
    var ledger: File
    var intake: File
  }

  /// `byteCount` bytes, of which those at the end are zero.
  struct File {
    var bytes: [UInt8]
    var byteCount: Int

    init(_ bytes: [UInt8]) {
      self.bytes = Array(bytes[...(bytes.lastIndex { $0 != 0 } ?? 0)])
      byteCount = bytes.count
    }

    mutating func cut(to count: Int) {
      byteCount = count
      bytes = Array(bytes.prefix(count))
    }
  }

  let place = TemporaryLog()
  let image: Image
  private let log: [UInt8]
  private let background: BackgroundThread
  private let data: Descriptor
  let control: Descriptor
  var ringImage: (data: [UInt8], control: [UInt8])
  private static let dataBytes = 1 << 16
  private static let ringID: UInt64 = 1_700_000_000_000_000_000
  private static let controlID = ringID + 1

  init() throws {
    background = try BackgroundThread("damage-test", isPatient: true)
    data = try RingFiles.makeData(Self.dataBytes)
    let file = try ControlFile(id: Self.controlID, uid: getuid())
    _ = file.grant(ring: Self.ringID, dataBytes: Self.dataBytes, severity: .debug)
    control = Descriptor(owning: dup(file.file.raw))
    Self.publish(0..<3, data.raw)
    let parts = try StartedParts(
      place, background, slots: 7, kept: try Self.kept(data.raw, control.raw))
    try parts.send("text one\ntext two\nhal")
    parts.flush()
    Self.publish(3..<9, data.raw)
    try parts.send("text three\n{\"msg\":\"four\",\"n\":1}\n<13>app: five\nand hal")
    try Self.dieInBatch(parts)
    image = Image(
      ledger: File(try Self.read("\(place.directory)/ledger")),
      intake: File(try Self.read("\(place.directory)/intake")))
    log = try Self.read(place.path)
    ringImage = (Self.read(data.raw), Self.read(control.raw))
  }

  deinit { background.stop() }

  /// A batch is noted, half of it is in the file.
  private static func dieInBatch(_ parts: StartedParts) throws {
    var batch = parts.ledger.makeBatch()
    let line = Array("2026-11-21T08:00:00.000001Z info worker[1]: of the last batch\n".utf8)
    for _ in 0..<2 { batch.append(unsafe line.span.bytes) }
    let rings = parts.registry.allRings.filter { $0.room == nil }
    for ring in rings {
      ring.consumed += UInt64(SelfRecord(.info, "record 3").frame.count + 7) & ~7
    }
    var after = parts.writer.counters
    after.received += 2
    after.written += 2
    after.bytesWritten += UInt64(batch.count)
    try parts.file.endLastLine()
    parts.ledger.note(
      file: parts.file.identity, offset: parts.file.offset, length: batch.count, rings: rings, after
    )
    _ = try parts.ledger.writeBatch(from: 0, upTo: batch.count / 3, to: parts.file.raw)
  }

  /// Puts everything back, but for what `damage` does to it, and starts the next daemon.
  func restart(
    slots: Int = 7, shelf: BagShelf? = nil, _ damage: (inout Image) -> Void = { _ in },
    without kind: StoredClient.Kind? = nil, welcome: (Writer) throws -> Void = { _ in }
  ) throws -> StartedParts {
    var damaged = image
    damage(&damaged)
    try Self.write(damaged.ledger, to: "\(place.directory)/ledger")
    try Self.write(damaged.intake, to: "\(place.directory)/intake")
    try Self.write(File(log), to: place.path)
    unsafe pwrite(data.raw, ringImage.data, ringImage.data.count, 0)
    unsafe pwrite(control.raw, ringImage.control, ringImage.control.count, 0)
    return try StartedParts(
      place, background, slots: slots,
      kept: try Self.kept(data.raw, control.raw).filter { $0.stored.kind != kind },
      shelf: shelf, welcome: welcome)
  }

  func lines() throws -> [Substring] {
    String(decoding: try Self.read(place.path), as: UTF8.self).split(separator: "\n")
  }

  private static func kept(_ data: Int32, _ control: Int32) throws -> [KeptClient] {
    var pair: [Int32] = [-1, -1]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_SEQPACKET.rawValue), &pair))
    close(pair[1])
    let stored = StoredClient(
      ring: ringID, oldRing: 0, dataBytes: UInt64(dataBytes), clockOffset: 0, connectedAt: 1,
      pid: getpid(), uid: getuid(), gid: getgid(),
      recordBytesMax: UInt32(StartedParts.limits.recordBytes),
      fieldsMax: UInt32(StartedParts.limits.fields), controlFile: controlID, ident: Ident("worker"))
    let file = StoredClient(try ControlFile(id: controlID, uid: getuid()))
    return [KeptClient(stored, [dup(data), pair[0]][...]), KeptClient(file, [dup(control)][...])]
  }

  /// Records with these numbers, all of one size, as a client writes them.
  private static func publish(_ numbers: Range<Int>, _ data: Int32) {
    var head: UInt64 = 0
    for number in numbers {
      var frame = SelfRecord(.info, "record \(number)").frame
      frame += [UInt8](repeating: 0, count: -frame.count & 7)
      unsafe pwrite(data, frame, frame.count, Layout.headerBytes + number * frame.count)
      head = UInt64((number + 1) * frame.count)
    }
    let words = [head, ~head]
    unsafe pwrite(data, words, 16, Layout.Header.head)
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let file = Descriptor(owning: try check(unsafe open(path, O_RDONLY | O_CLOEXEC)))
    return read(file.raw)
  }

  private static func read(_ file: Int32) -> [UInt8] {
    var status = stat()
    unsafe fstat(file, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    unsafe pread(file, &bytes, bytes.count, 0)
    return bytes
  }

  /// The same file with other contents; what is zero at the end stays a hole.
  private static func write(_ contents: File, to path: String) throws {
    let file = Descriptor(
      owning: try check(unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)))
    ftruncate(file.raw, 0)
    unsafe pwrite(file.raw, contents.bytes, contents.bytes.count, 0)
    ftruncate(file.raw, contents.byteCount)
  }
}
