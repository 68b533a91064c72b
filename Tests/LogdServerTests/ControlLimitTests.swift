import CLinux
import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

private let second: UInt64 = 1_000_000_000

@Suite(.timeLimit(.minutes(1))) struct `The limits of control.sock` {
  /// Connects without asking anything; the server closes what is one too many.
  private func isAdmitted(_ client: ControlClient) -> Bool {
    do {
      _ = try client.status()
      return true
    } catch {
      return false
    }
  }

  @Test func `one user has no more than 48 connections, and a place is free again`() throws {
    let harness = try ControlHarness()
    var open: [ControlClient] = []
    for _ in 0..<48 {
      let client = try harness.client()
      let admitted = isAdmitted(client)
      #expect(admitted)
      open.append(client)
    }
    let excess = try harness.client()
    let tooMany = isAdmitted(excess)
    #expect(!tooMany)
    open.removeLast()
    // The server sees the end of the old one before the new one, or a moment later.
    var admitted = false
    let deadline = clinux_monotonic_ns() + 5 * second
    while !admitted && clinux_monotonic_ns() < deadline {
      let next = try harness.client()
      admitted = isAdmitted(next)
    }
    #expect(admitted)
  }

  @Test func `who does not read his reply is disconnected, and nobody else waits`() throws {
    let loop = try EventLoop()
    let stub = StubDaemon()
    stub.snapshot = StubDaemon.busySnapshot(clients: 4096)
    var pair: [Int32] = [0, 0]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &pair))
    var closed = false
    let socket = Descriptor(owning: pair[0])
    let peer = try ControlPeer(of: socket, group: nil)
    let connection = try ControlConnection(
      socket, of: peer, loop: loop, delegate: stub, decoder: CallDecoder(),
      stallNanoseconds: second / 20
    ) { _ in
      closed = true
      loop.stop()
    }
    let client = ControlClient(Descriptor(owning: pair[1]), path: "pair")
    try client.sendRaw(Array("{\"method\":\"io.logd.GetStatus\"}\0".utf8))
    loop.after(5 * second) { loop.stop() }
    try loop.run()
    #expect(closed)
    withExtendedLifetime(connection) {}
  }
}
