import CLinux
import Foundation
import LogdWire

/// The consumer's side of a ring, by plain mappings: a test trusts its client.
@safe final class TestRing {
  /// What is in the file elsewhere, zeros, wants no records and never a bell.
  static let controlOffset: UInt64 = 8192
  let data: Int32
  let control: Int32
  private let header: UnsafeMutableRawPointer
  private let page: UnsafeMutableRawPointer
  private let dataBytes: UInt64
  private let ident: String
  private let pid: Int32
  private var tail: UInt64 = 0
  private var dropped: UInt64 = 0

  init(number: UInt64, dataBytes: UInt64, hello: Hello, socket: Int32) {
    typealias Head = Layout.Header
    typealias Control = Layout.Control
    data = unsafe clinux_memfd("data")
    control = unsafe clinux_memfd("control")
    ftruncate(data, Int(4096 + dataBytes))
    ftruncate(control, 3 * 4096)
    unsafe header = clinux_map(data, 0, 4096 + dataBytes, true)
    unsafe page = clinux_map(control, TestRing.controlOffset, 4096, true)
    self.dataBytes = dataBytes
    ident = hello.ident.string
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    _ = unsafe clinux_peer(socket, &pid, &uid, &gid)
    self.pid = pid
    unsafe header.storeBytes(of: Layout.Magic.data, toByteOffset: Head.magic, as: UInt32.self)
    unsafe header.storeBytes(of: 1, toByteOffset: Head.version, as: UInt32.self)
    unsafe header.storeBytes(of: dataBytes, toByteOffset: Head.dataBytes, as: UInt64.self)
    unsafe page.storeBytes(of: Layout.Magic.control, toByteOffset: Control.magic, as: UInt32.self)
    unsafe page.storeBytes(of: 1, toByteOffset: Control.version, as: UInt32.self)
    unsafe page.storeBytes(of: number, toByteOffset: Control.ring, as: UInt64.self)
    unsafe page.storeBytes(of: dataBytes, toByteOffset: Control.dataBytes, as: UInt64.self)
    unsafe page.storeBytes(of: 7, toByteOffset: Control.severity, as: UInt32.self)
  }

  func unmap() {
    unsafe clinux_unmap(header, 4096 + dataBytes)
    unsafe clinux_unmap(page, 4096)
    for descriptor in [data, control] { _ = clinux_close(descriptor) }
  }

  var severity: UInt32 = 7 {
    didSet { unsafe clinux_store_release_u32(page + Layout.Control.severity, severity) }
  }

  var sleep: SleepWord = SleepWord(.awake, epoch: 0) {
    didSet { unsafe clinux_store_release_u32(page + Layout.Control.sleep, sleep.rawValue) }
  }

  var hasRecords: Bool { unsafe clinux_load_acquire_u64(header + Layout.Header.head) != tail }

  /// Takes everything up to head, and publishes the tail and how many drops were seen.
  func drain(into state: Guarded<TestDaemon.State>) -> Int {
    let head = unsafe clinux_load_acquire_u64(header + Layout.Header.head)
    let drops = unsafe clinux_load_acquire_u64(header + Layout.Header.dropped)
    guard head != tail || drops != dropped else { return 0 }
    var taken: [Received] = []
    while tail < head { taken.append(next()) }
    let news = drops - dropped
    dropped = drops
    let failSync = state.withLock { state in
      state.records += taken
      state.drops += news
      return state.failSync
    }
    publish(failSync: failSync)
    return taken.count + Int(news)
  }

  private func publish(failSync: Bool) {
    typealias Control = Layout.Control
    unsafe clinux_store_release_u64(page + Control.droppedTaken, dropped)
    let word = failSync ? Control.suspect : Control.synced
    unsafe clinux_store_release_u64(page + word, tail)
    unsafe clinux_store_release_u64(page + Control.tail, tail)
    clinux_fence()
    if unsafe clinux_load_relaxed_u64(header + Layout.Header.waiting) != 0 {
      _ = unsafe clinux_futex_wake(page + Control.tail, 1, Layout.WaitBits.room)
    }
    _ = unsafe clinux_futex_wake(page + Control.tail, .max, Layout.WaitBits.flush)
    _ = unsafe clinux_futex_wake(page + Control.synced, .max, Layout.WaitBits.flush)
  }

  private func next() -> Received {
    typealias At = Layout.Frame
    let size = Int(bytes(at: 0, count: 4).loadUnaligned(as: UInt32.self))
    precondition(size >= At.message && size <= Int(dataBytes) / 2, "a frame of \(size) bytes")
    let frame = bytes(at: 0, count: size)
    tail += UInt64(Layout.padded(size))
    let messageEnd = At.message + Int(frame.u32(At.messageBytes))
    var record = Received(
      pid: pid, ident: ident, severity: frame[At.severity], isCut: frame[At.flags] & 1 == 1,
      stamp: frame.loadUnaligned(fromByteOffset: At.stamp, as: UInt64.self),
      message: String(decoding: frame[At.message..<messageEnd], as: UTF8.self), fields: [:])
    var at = messageEnd
    while at < size {
      let keyEnd = at + 8 + Int(frame[at + 1])
      let end = keyEnd + Int(frame.u32(at + 4))
      let key = String(decoding: frame[(at + 8)..<keyEnd], as: UTF8.self)
      record.fields[key] = value(frame[at], Array(frame[keyEnd..<end]))
      at = end
    }
    precondition(at == size, "fields do not fill the frame")
    return record
  }

  private func value(_ type: UInt8, _ bytes: [UInt8]) -> String {
    switch FieldType(rawValue: type) {
    case .int: "\(bytes.load(Int64.self))"
    case .uint: "\(bytes.load(UInt64.self))u"
    case .double: "\(bytes.load(Double.self))"
    case .bool: bytes[0] == 1 ? "true" : "false"
    case .string: String(decoding: bytes, as: UTF8.self)
    case nil: preconditionFailure("a field of type \(type)")
    }
  }

  private func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    let from = Int((tail + offset) & (dataBytes - 1))
    let first = min(count, Int(dataBytes) - from)
    // SAFETY: both parts are within the data area.
    var copy = unsafe [UInt8](UnsafeRawBufferPointer(start: header + (4096 + from), count: first))
    unsafe copy += UnsafeRawBufferPointer(start: header + 4096, count: count - first)
    return copy
  }
}

extension Array where Element == UInt8 {
  fileprivate func load<Number: BitwiseCopyable>(_ type: Number.Type) -> Number {
    unsafe withUnsafeBytes { unsafe $0.loadUnaligned(as: type) }
  }
  fileprivate func loadUnaligned<Number: BitwiseCopyable>(
    fromByteOffset offset: Int = 0, as type: Number.Type
  ) -> Number {
    unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
  fileprivate func u32(_ offset: Int) -> UInt32 {
    loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }
}
