import CLinux
import Glibc
import LogdArchive
import LogdControl
import LogdPlatform
import LogdWire

@testable import LogdServer

/// What is fed with any bytes. Each traps when something that must hold does not.
enum Subject: String, CaseIterable {
  /// lines.sock and syslog.sock: a line becomes one record that is read back.
  case lines
  /// The handshake.
  case messages
  /// Frames in a ring.
  case records
  /// A ring that changes while it is read.
  case ring
  /// control.sock.
  case varlink
  /// logd.toml.
  case config
  /// Reading a log file back.
  case archive

  func read(_ input: [UInt8]) {
    switch self {
    case .lines: unsafe Lines.shared.read(input)
    case .messages: readMessages(input)
    case .records: unsafe Records.shared.read(input)
    case .ring: unsafe HostileRing.shared.read(input)
    case .varlink: readVarlink(input)
    case .config: readConfiguration(input)
    case .archive: readArchive(input)
    }
  }

  private func readMessages(_ input: [UInt8]) {
    let bytes = unsafe input.span.bytes
    _ = try? Hello.decode(from: bytes)
    _ = try? Grant.decode(from: bytes)
    _ = try? Refuse.decode(from: bytes)
    var at = 0
    while StoredClient.decode(from: bytes, at: &at) != nil {}
  }

  private func readVarlink(_ input: [UInt8]) {
    var control = ControlInput()
    control.append(input.prefix(control.room)[...])
    guard let peer = SilentDaemon.peer else { return }
    while let message = control.next() {
      guard let call = VarlinkCall(decoding: message) else { continue }
      let answer = unsafe ControlAnswer(to: call, of: peer, asking: SilentDaemon.shared)
      if case .reply(let reply) = answer {
        precondition(!reply.contains(0), "a reply is one message")
      }
    }
  }

  private func readConfiguration(_ input: [UInt8]) {
    var reader = ConfigurationReader()
    reader.parse(input, source: "fuzz")
    guard let configuration = try? reader.finish() else { return }
    var again = ConfigurationReader()
    again.parse(Array(configuration.text.utf8), source: "again")
    precondition((try? again.finish()) == configuration, "what is printed reads back")
  }

  private func readArchive(_ input: [UInt8]) {
    for line in input.split(separator: 10, omittingEmptySubsequences: false) {
      let line = Array(line)
      _ = LogFormat.text.parse(line.span)
      _ = LogFormat.json.parse(line.span)
      _ = LogFormat.of(line.span)
    }
  }
}

/// A line, as a frame, as lines of both formats, read back.
final class Lines {
  nonisolated(unsafe) static let shared = Lines()
  private let limits = FrameLimits(recordBytes: 4096, fields: 16)
  private let record: TextRecord
  private let file: IntakeFile
  private let files: RingFiles
  private let memory: Mapping

  private init() {
    do {
      let path = "/tmp/logd-fuzz-\(clinux_getpid())"
      record = try TextRecord(limits)
      file = try IntakeFile(
        path: path, .init(dataBytes: 1 << 16, places: 1, placeBytes: 1 << 14), ring: 1)
      files = try file.ringFiles()
      memory = try Mapping(privateByteCount: 1 << 20)
      unsafe unlink(path)
    } catch {
      fatalError("\(error)")
    }
  }

  func read(_ input: [UInt8]) {
    record.clear()
    let start = file.head
    _ = LineParser.parse(unsafe input.span.bytes, into: record)
    record.append(
      to: file, from: Credentials(pid: 1, uid: 2, gid: 3), now: 1_000_000, wallNow: 2_000_000,
      door: TextDoors.linesDoor)
    file.commit()
    let count = Int(file.head - start)
    let offset = Int(start & UInt64(file.geometry.dataBytes - 1))
    let first = min(count, file.geometry.dataBytes - offset)
    do {
      _ = try memory.fill(
        0, byteCount: first, from: files.data.raw, at: UInt64(Layout.headerBytes + offset))
      _ = try memory.fill(
        first, byteCount: count - first, from: files.data.raw, at: UInt64(Layout.headerBytes))
    } catch {
      fatalError("\(error)")
    }
    for format in Configuration.Format.allCases {
      guard let line = Records.line(memory, count, .inRecord, format, limits) else {
        fatalError("a frame of the intake keeps the rules")
      }
      let parsed = format == .text ? LogFormat.text : .json
      precondition(parsed.parse(line.span).record != nil, "a line reads back")
    }
    files.control.store(Layout.Control.tail, file.head)
  }
}

/// A frame of a client, which may hold anything.
final class Records {
  nonisolated(unsafe) static let shared = Records()
  private let memory: Mapping

  private init() {
    guard let memory = try? Mapping(privateByteCount: 1 << 20) else { fatalError("no memory") }
    self.memory = memory
  }

  func read(_ input: [UInt8]) {
    guard input.count >= Layout.Frame.message, input.count < 1 << 18 else { return }
    unsafe memory.put(input.span.bytes, at: 0)
    let limits = FrameLimits(recordBytes: 1 << 16, fields: 128)
    for format in Configuration.Format.allCases {
      for label in [
        SourceLabel(ident: "fuzz", pid: 1, uid: 2, format: format), SourceLabel.inRecord,
      ] {
        guard let line = Self.line(memory, input.count, label, format, limits) else { continue }
        let parsed = format == .text ? LogFormat.text : .json
        precondition(parsed.parse(line.span).record != nil, "a line reads back")
      }
    }
  }

  /// The line of a frame at the start of `memory`, without its newline; nil: it breaks a rule.
  static func line(
    _ memory: borrowing Mapping, _ count: Int, _ label: SourceLabel, _ format: Configuration.Format,
    _ limits: FrameLimits
  ) -> [UInt8]? {
    var formatter = LineFormatter(format)
    var line = memory.lineBuffer(1 << 19, capacity: 1 << 19)
    let isSound = memory.withBytes(0, count) { bytes in
      guard let header = FrameHeader(bytes, at: 0, limits: limits), header.byteCount <= count else {
        return false
      }
      return formatter.append(
        bytes, at: 0, header, time: Int64(header.stamp >> 8), label: label, Annotations(), to: &line
      )
    }
    guard isSound else { return nil }
    return memory.withBytes(1 << 19, line.count - 1) { text in
      (0..<text.byteCount).map { text.u8(at: $0) }
    }
  }
}

/// Asked everything, says nothing.
final class SilentDaemon: ControlDelegate {
  nonisolated(unsafe) static let shared = SilentDaemon()
  /// Ourselves: who may do everything.
  static let peer: ControlPeer? = {
    var pair: [Int32] = [-1, -1]
    guard unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &pair) == 0 else { return nil }
    _ = clinux_close(pair[1])
    return try? ControlPeer(of: Descriptor(owning: pair[0]), group: nil)
  }()
  func status() -> StatusSnapshot { StatusSnapshot() }
  func clients() -> [ClientSnapshot] { [] }
  func flush(durable: Bool, deadline: UInt64, _ done: @escaping (FlushOutcome) -> Void) {}
  func setSeverity(_ severity: Severity, by peer: ControlPeer) {}
  func rotate(_ done: @escaping (Result<String?, SystemError>) -> Void) {}
  func reload(_ done: @escaping (String?) -> Void) {}
  func follow(_ socket: consuming Descriptor) -> Bool { false }
}
