import Glibc
import LogdArchive
import LogdPlatform
import LogdWire

@testable import LogdServer

/// An intake in a temporary directory, and what the writer would make of its records.
final class TextIntake {
  private let place = TemporaryLog()
  private let limits: FrameLimits
  private let record: TextRecord
  private(set) var file: IntakeFile
  private var read: UInt64 = 0
  private let memory: Mapping
  static let peer = Credentials(pid: 42, uid: 7, gid: 8)

  init(recordBytes: Int = 64 << 10, fields: Int = 128, dataBytes: Int = 1 << 20) throws {
    limits = FrameLimits(recordBytes: recordBytes, fields: fields)
    record = try TextRecord(limits)
    memory = try Mapping(privateByteCount: 8 << 20)
    file = try IntakeFile(
      path: "\(place.directory)/intake",
      .init(dataBytes: dataBytes, places: 4, placeBytes: 16 << 10), ring: 99)
  }

  /// As the next daemon does. The one before it keeps its mapping, as the kernel does.
  func reopen(dataBytes: Int = 1 << 20) throws {
    file = try IntakeFile(
      path: "\(place.directory)/intake",
      .init(dataBytes: dataBytes, places: 4, placeBytes: 16 << 10), ring: 100)
  }

  /// Puts the words back that are stored after the commit's: as if it had been killed there.
  func undoWhatFollowsTheCommit(of place: IntakeFile.Place) {
    store(0, at: Layout.Header.head)
    store(~0, at: Layout.Header.headCheck)
    store(0, at: head(place) + 16)
    store(0, at: head(place) + 24)
  }

  /// As if it had been killed before it took out of the socket what it had looked at.
  func note(_ bytes: [UInt8], asReceivedBy place: IntakeFile.Place) {
    let places = (head(place) - place.index * 64 + 4 * 64 + 4095) & ~4095
    let fd = unsafe open("\(self.place.directory)/intake", O_RDWR)
    unsafe pwrite(fd, bytes, bytes.count, places + place.index * (16 << 10))
    close(fd)
    store(UInt64(bytes.count), at: head(place) + 8)
  }

  /// As if it had been killed right after it took bytes out of the socket.
  func forgetThatItTook(_ place: IntakeFile.Place) { store(0, at: head(place) + 48) }

  private func head(_ place: IntakeFile.Place) -> Int {
    Layout.headerBytes + file.geometry.dataBytes + Layout.controlBytes + place.index * 64
  }

  private func store(_ word: UInt64, at offset: Int) {
    let fd = unsafe open("\(place.directory)/intake", O_RDWR)
    let words = [word]
    unsafe pwrite(fd, words, 8, offset)
    close(fd)
  }

  /// Parses a line, and adds it to the ring. Whether it was sound.
  @discardableResult
  func add(_ line: [UInt8], now: UInt64 = 1_000_000_000, wallNow: Int64 = 0) -> Bool {
    record.clear()
    record.pid = Self.peer.pid
    let isSound = LineParser.parse(unsafe line.span.bytes, into: record)
    record.append(to: file, from: Self.peer, now: now, wallNow: wallNow, door: Ident("lines"))
    return isSound
  }

  func add(_ line: String) -> Bool { add(Array(line.utf8)) }

  func lines() throws -> [String] { try lines(.text) }
  func records() throws -> [[UInt8]] { try records(.text) }

  /// The ring is empty again.
  func drain() {
    try? file.ringFiles().control.store(Layout.Control.tail, file.head)
  }

  /// What was committed since the last call, as lines of the log file without their time.
  func lines(_ format: Configuration.Format) throws -> [String] {
    try records(format).map { String(decoding: $0, as: UTF8.self) }.map { line in
      format == .text ? String(line.dropFirst(28)) : String(line.dropFirst(37))
    }
  }

  /// The same, whole.
  func records(_ format: Configuration.Format) throws -> [[UInt8]] {
    var formatter = LineFormatter(format)
    var lines: [[UInt8]] = []
    while read < file.head {
      let offset = Int(read & UInt64(file.geometry.dataBytes - 1))
      let count = min(Int(file.head - read), file.geometry.dataBytes - offset)
      let files = try file.ringFiles()
      _ = try memory.fill(
        0, byteCount: count, from: files.data.raw, at: UInt64(Layout.headerBytes + offset))
      // The rest lies at the start of the data area.
      if Int(file.head - read) > count {
        _ = try memory.fill(
          count, byteCount: Int(file.head - read) - count, from: files.data.raw,
          at: UInt64(Layout.headerBytes))
      }
      let byteCount = Int(file.head - read)
      var line = memory.lineBuffer(4 << 20, capacity: 4 << 20)
      let size = memory.withBytes(0, byteCount) { bytes -> Int? in
        guard let header = FrameHeader(bytes, at: 0, limits: limits),
          formatter.append(
            bytes, at: 0, header, time: 0, label: .inRecord, Annotations(), to: &line)
        else { return nil }
        return Layout.padded(header.byteCount)
      }
      guard let size else { throw Errno(EINVAL) }
      lines.append(
        memory.withBytes(4 << 20, line.count - 1) { text in
          (0..<text.byteCount).map { text.u8(at: $0) }
        })
      read += UInt64(size)
    }
    return lines
  }
}
