import CLinux
import LogdPlatform
import Testing

@Suite struct `The loop of the I/O thread` {
  private final class Handler: EventHandler {
    var calls = 0
    private let body: (Int) -> Void

    init(_ body: @escaping (Int) -> Void) { self.body = body }

    func ready(_ events: Events) {
      calls += 1
      body(calls)
    }
  }

  private struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    init() throws {
      var ends: [Int32] = [-1, -1]
      _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &ends))
      reading = Descriptor(owning: ends[0])
      writing = Descriptor(owning: ends[1])
    }
  }

  @Test func `comes to who is first in the middle of a round of many others`() throws {
    let loop = try EventLoop()
    let many = try Pipe()
    let first = try Pipe()
    let byte: [UInt8] = [1]
    _ = unsafe clinux_write(many.writing.raw, byte, 1)
    let firstNumber = first.writing.raw
    var others = 0
    // A hundred that always have something to do, each for a fifth of a millisecond.
    let busy = Handler { calls in
      if calls == 1 { _ = unsafe clinux_write(firstNumber, byte, 1) }
      others += 1
      let start = clinux_monotonic_ns()
      while clinux_monotonic_ns() < start + 200_000 {}
      if calls == 1000 { loop.stop() }
    }
    var copies: [Int32] = []
    for _ in 0..<100 {
      copies.append(try check(clinux_dup_above(many.reading.raw, 3)))
      _ = try loop.add(copies[copies.count - 1], .readable, busy)
    }
    defer { for copy in copies { _ = clinux_close(copy) } }
    var waited: Int?
    let urgent = Handler { calls in
      if calls == 1 { waited = others }
      loop.stop()
    }
    _ = try loop.add(first.reading.raw, .readable, urgent, isFirst: true)
    try loop.run()
    let count = try #require(waited)
    #expect(count <= 4)
  }

  @Test func `gives others their turns beside who is first and always busy`() throws {
    let loop = try EventLoop()
    let pipe = try Pipe()
    let byte: [UInt8] = [1]
    _ = unsafe clinux_write(pipe.writing.raw, byte, 1)
    let other = Handler { calls in if calls == 100 { loop.stop() } }
    let first = Handler { calls in if calls == 10_000 { loop.stop() } }
    let copy = Descriptor(owning: try check(clinux_dup_above(pipe.reading.raw, 3)))
    _ = try loop.add(pipe.reading.raw, .readable, first, isFirst: true)
    _ = try loop.add(copy.raw, .readable, other)
    try loop.run()
    #expect(other.calls == 100)
  }
}
