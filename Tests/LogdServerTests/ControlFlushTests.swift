import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

private let second: UInt64 = 1_000_000_000

@Suite(.timeLimit(.minutes(1))) struct `Flush through control.sock` {
  private let harness: ControlHarness

  init() throws { harness = try ControlHarness() }

  @Test func `it says what was asked and when`() throws {
    var client = try harness.client()
    try client.flush(durable: true, timeoutMilliseconds: 1500)
    try client.flush(durable: false, timeoutMilliseconds: 0)
    harness.onLoop { stub in
      #expect(stub.flushes.map(\.durable) == [true, false])
      #expect((second..<(second * 3 / 2)).contains(stub.flushes[0].timeoutNanoseconds))
    }
    #expect(try client.status() == StatusSnapshot())  // the block above has run
  }

  @Test func `a timeout names what remains`() throws {
    harness.onLoop { $0.flushOutcome = .timedOut(remaining: 42) }
    var client = try harness.client()
    let error = ControlError.refused(error: "io.logd.FlushTimedOut", remaining: 42, text: "")
    #expect(throws: error) { try client.flush(durable: false, timeoutMilliseconds: 10) }
  }

  @Test func `a failure names its reason`() throws {
    harness.onLoop { $0.flushOutcome = .failed("Input/output error") }
    var client = try harness.client()
    let error = ControlError.refused(
      error: "io.logd.FlushFailed", remaining: nil, text: "Input/output error")
    #expect(throws: error) { try client.flush(durable: true, timeoutMilliseconds: 10) }
  }

  @Test func `what is asked after a flush is answered after it, others meanwhile`() throws {
    harness.onLoop { $0.flushOutcome = nil }
    var waiting = try harness.client()
    try waiting.sendRaw(Array("{\"method\":\"io.logd.Flush\"}\0{\"method\":\"io.logd.X\"}\0".utf8))
    #expect(throws: ControlError.self) { try waiting.receive(timeoutNanoseconds: second / 50) }
    var other = try harness.client()
    #expect(try other.status() == StatusSnapshot())
    harness.onLoop { $0.flushes[0].done(.written) }
    #expect(try waiting.receive(timeoutNanoseconds: second) == Array(#"{"parameters":{}}"#.utf8))
    let next = String(decoding: try waiting.receive(timeoutNanoseconds: second), as: UTF8.self)
    #expect(next.contains("MethodNotFound"))
  }

  @Test func `a flush whose client has gone ends in silence`() throws {
    harness.onLoop { $0.flushOutcome = nil }
    do {
      let gone = try harness.client()
      try gone.sendRaw(Array("{\"method\":\"io.logd.Flush\"}\0".utf8))
    }
    var other = try harness.client()
    _ = try other.status()
    harness.onLoop { for flush in $0.flushes { flush.done(.written) } }
    #expect(try other.status() == StatusSnapshot())
  }
}
