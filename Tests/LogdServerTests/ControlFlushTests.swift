import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

private let second: UInt64 = 1_000_000_000

@Suite(.timeLimit(.minutes(1))) struct `Flush through control.sock` {
  private let harness: ControlHarness

  init() throws { harness = try ControlHarness() }

  @Test func `it says what was asked and when`() throws {
    let client = try harness.client()
    try client.flush(durable: true, timeoutMilliseconds: 1500)
    try client.flush(durable: false, timeoutMilliseconds: 0)
    let durable = harness.onLoop { $0.flushes.map(\.durable) }
    #expect(durable == [true, false])
    let timeout = harness.onLoop { $0.flushes[0].timeoutNanoseconds }
    #expect((second..<(second * 3 / 2)).contains(timeout))
  }

  @Test func `a timeout names what remains`() throws {
    harness.onLoop { $0.flushOutcome = .timedOut(remaining: 42) }
    let client = try harness.client()
    let error = ControlError.refused(error: "io.logd.FlushTimedOut", remaining: 42, text: "")
    #expect(throws: error) { try client.flush(durable: false, timeoutMilliseconds: 10) }
  }

  @Test func `a failure names its reason`() throws {
    harness.onLoop { $0.flushOutcome = .failed("Input/output error") }
    let client = try harness.client()
    let error = ControlError.refused(
      error: "io.logd.FlushFailed", remaining: nil, text: "Input/output error")
    #expect(throws: error) { try client.flush(durable: true, timeoutMilliseconds: 10) }
  }

  @Test func `what is asked after a flush is answered after it, others meanwhile`() throws {
    harness.onLoop { $0.flushOutcome = nil }
    let waiting = try harness.client()
    try waiting.sendRaw(Array("{\"method\":\"io.logd.Flush\"}\0{\"method\":\"io.logd.X\"}\0".utf8))
    #expect(throws: ControlError.self) { try waiting.receive(timeoutNanoseconds: second / 50) }
    let other = try harness.client()
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
    let other = try harness.client()
    _ = try other.status()
    harness.onLoop { for flush in $0.flushes { flush.done(.written) } }
    #expect(try other.status() == StatusSnapshot())
  }
}
