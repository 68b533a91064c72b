import CLinux
import Testing

@testable import LogdWire

/// The producer's side against the plainest model: a list of frames, and how many bytes the
/// consumer has not taken.
@Suite struct `A ring` {
  /// What a daemon would have made, with the control block writable.
  @safe final class Files {
    let data = unsafe clinux_memfd("data")
    let control = unsafe clinux_memfd("control")
    let grant: Grant
    let page: UnsafeMutableRawPointer
    let header: UnsafeMutableRawPointer

    init(dataBytes: UInt64, recordBytesMax: UInt32) {
      let zeros = [UInt8](repeating: 0, count: Int(dataBytes) + 4096)
      _ = unsafe clinux_write(data, zeros, dataBytes + 4096)  // a memory file takes it all
      _ = unsafe clinux_write(control, zeros, 8192)
      unsafe page = clinux_map(control, 4096, 4096, true)
      unsafe header = clinux_map(data, 0, 4096 + dataBytes, true)
      grant = Grant(
        ring: 5, dataBytes: dataBytes, recordBytesMax: recordBytesMax, fieldsMax: 3,
        controlOffset: 4096)
      unsafe header.storeBytes(of: Layout.Magic.data, as: UInt32.self)
      unsafe header.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
      unsafe header.storeBytes(of: dataBytes, toByteOffset: 8, as: UInt64.self)
      unsafe page.storeBytes(of: Layout.Magic.control, as: UInt32.self)
      unsafe page.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
      unsafe page.storeBytes(of: 5, toByteOffset: 8, as: UInt64.self)
      unsafe page.storeBytes(of: dataBytes, toByteOffset: 16, as: UInt64.self)
    }

    func ring() -> Ring? {
      guard let ring = Ring.reserve(dataBytes: grant.dataBytes) else { return nil }
      if ring.attach(data: data, control: control, grant: grant) { return ring }
      ring.unmap()
      return nil
    }

    var tail: UInt64 {
      get { unsafe page.load(fromByteOffset: Layout.Control.tail, as: UInt64.self) }
      set {
        unsafe page.storeBytes(of: newValue, toByteOffset: Layout.Control.tail, as: UInt64.self)
      }
    }

    /// The bytes at a position as the daemon reads them: from the file, with a wrap.
    func bytes(at position: UInt64, count: Int) -> [UInt8] {
      (0..<UInt64(count)).map { index in
        let offset = 4096 + Int((position + index) % grant.dataBytes)
        return unsafe header.load(fromByteOffset: offset, as: UInt8.self)
      }
    }

    deinit {
      unsafe clinux_unmap(page, 4096)
      unsafe clinux_unmap(header, grant.dataBytes + 4096)
      for descriptor in [data, control] { _ = clinux_close(descriptor) }
    }
  }

  /// Writes a frame and returns its bytes; nil when there is no room.
  private func write(_ message: [UInt8], to ring: Ring, stamp: UInt64 = 1) -> [UInt8]? {
    let size = min(24 + message.count, ring.recordLimits.bytes)
    guard let at = unsafe ring.reserve(size) else { return nil }
    var writer = unsafe FrameWriter(at: at, ring.recordLimits.atMost(size))
    unsafe message.withUnsafeBytes { unsafe writer.message($0, fieldBytes: 0) }
    let bytes = writer.finish(severity: 6, stamp: stamp)
    let frame = unsafe [UInt8](UnsafeRawBufferPointer(start: at, count: bytes))
    ring.publish(bytes)
    return frame
  }

  @Test func `any sequence of writing and taking is what the model says`() throws {
    var random = SeededRandom()
    let files = Files(dataBytes: 4096, recordBytesMax: 2048)
    let ring = try #require(files.ring())
    var waiting: [[UInt8]] = []
    var used = 0
    for _ in 0..<30_000 {
      if Bool.random(using: &random) {
        let message = [UInt8](
          repeating: .random(in: 0...255, using: &random),
          count: .random(in: 0...700, using: &random))
        let size = Layout.padded(24 + message.count)
        var written = write(message, to: ring)
        if written == nil {
          ring.refresh()
          written = write(message, to: ring)
        }
        #expect((written != nil) == (used + size <= 4096))
        guard let written else { continue }
        waiting.append(written)
        used += size
      } else if !waiting.isEmpty {
        let frame = waiting.removeFirst()
        #expect(files.bytes(at: files.tail, count: frame.count) == frame)
        files.tail += UInt64(Layout.padded(frame.count))
        used -= Layout.padded(frame.count)
      }
      #expect(ring.publishedHead == files.tail + UInt64(used))
      #expect(ring.countFrames(from: files.tail) == waiting.count)
    }
    ring.unmap()
  }

  @Test func `records move to another ring in order, as far as there is room`() throws {
    var random = SeededRandom()
    for _ in 0..<200 {
      let old = try #require(Ring.staging(dataBytes: 16384))
      var frames: [[UInt8]] = []
      while let frame = write(
        [UInt8](repeating: UInt8(frames.count & 255), count: .random(in: 0...900, using: &random)),
        to: old)
      { frames.append(frame) }
      let files = Files(dataBytes: 4096, recordBytesMax: 2048)
      let ring = try #require(files.ring())
      ring.setNext(old)
      #expect(unsafe ring.reserve(24) == nil, "older records come first")
      var emptied: Ring?
      for frame in frames {
        emptied = ring.moveOlder() ?? emptied
        #expect(files.bytes(at: files.tail, count: frame.count) == frame)
        files.tail += UInt64(Layout.padded(frame.count))
      }
      emptied = ring.moveOlder() ?? emptied
      #expect(emptied?.word == old.word && ring.next == nil)
      #expect(unsafe ring.reserve(24) != nil)
      old.unmap()
      ring.unmap()
    }
  }

  @Test func `a frame that is too large for the other ring is cut there`() throws {
    let old = try #require(Ring.staging(dataBytes: 16384))
    let frame = try #require(write([UInt8](repeating: 0x61, count: 5000), to: old))
    #expect(frame.count == 5024)
    let files = Files(dataBytes: 4096, recordBytesMax: 1000)
    let ring = try #require(files.ring())
    ring.setNext(old)
    _ = ring.moveOlder()
    let moved = files.bytes(at: 0, count: 1000)
    #expect(moved[5] == Layout.Frame.flagCut)
    #expect(moved[24...].allSatisfy { $0 == 0x61 })
    old.unmap()
    ring.unmap()
  }

  @Test func `files that are not what the grant says are refused`() {
    let files = Files(dataBytes: 4096, recordBytesMax: 2048)
    for place in 0..<7 {
      let page = unsafe place < 3 ? files.header : files.page
      let offset = [0, 4, 8, 0, 4, 8, 16][place]
      let good = unsafe page.load(fromByteOffset: offset, as: UInt32.self)
      unsafe page.storeBytes(of: good ^ 1, toByteOffset: offset, as: UInt32.self)
      #expect(files.ring() == nil)
      unsafe page.storeBytes(of: good, toByteOffset: offset, as: UInt32.self)
    }
    let ring = files.ring()
    #expect(ring != nil)
    ring?.unmap()
  }

  @Test func `in a child nothing can be reserved and nothing faults`() throws {
    let files = Files(dataBytes: 4096, recordBytesMax: 2048)
    let ring = try #require(files.ring())
    _ = write([1, 2, 3], to: ring)
    ring.makePrivate()
    #expect(unsafe ring.reserve(24) == nil)
    ring.publish(24)
    #expect(unsafe files.header.load(fromByteOffset: Layout.Header.head, as: UInt64.self) == 32)
    ring.unmap()
  }
}
