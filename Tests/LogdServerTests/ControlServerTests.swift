import CLinux
import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

private let second: UInt64 = 1_000_000_000

@Suite(.timeLimit(.minutes(1))) struct `control.sock` {
  private let harness: ControlHarness

  init() throws { harness = try ControlHarness() }

  private func answer(_ text: String) throws -> String {
    let client = try harness.client()
    try client.send(Array(text.utf8), timeoutNanoseconds: second)
    return String(decoding: try client.receive(timeoutNanoseconds: second), as: UTF8.self)
  }

  private func disconnects(_ bytes: [UInt8]) throws -> Bool {
    let client = try harness.client()
    do {
      try client.send(bytes, timeoutNanoseconds: second)
      _ = try client.receive(timeoutNanoseconds: 5 * second)
      return false
    } catch ControlError.disconnected {
      return true
    }
  }

  @Test(arguments: [0, 1, 3])
  func `status arrives as the daemon gave it`(_ clients: Int) throws {
    let snapshot = StubDaemon.busySnapshot(clients: clients)
    harness.onLoop { $0.snapshot = snapshot }
    let client = try harness.client()
    #expect(try client.status() == snapshot)
    #expect(try client.clients() == snapshot.clients)
  }

  @Test func `the status of as many clients as there can be arrives whole`() throws {
    let snapshot = StubDaemon.busySnapshot(clients: 4096)
    harness.onLoop { $0.snapshot = snapshot }
    let client = try harness.client()
    #expect(try client.status() == snapshot)
  }

  @Test(arguments: [
    (
      #"{"method":"io.logd.Nothing"}"#,
      #"{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"io.logd.Nothing"}}"#
    ),
    (
      #"{"method":"io.other.Thing"}"#,
      #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"io.other"}}"#
    ),
    (
      #"{"method":""}"#,
      #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":""}}"#
    ),
    (
      #"{"method":"io.logd.Flush","parameters":{"durible":true}}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"durible"}}"#
    ),
    (
      #"{"method":"io.logd.Flush","parameters":{"durable":1}}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"durable"}}"#
    ),
    (
      #"{"method":"io.logd.Flush","parameters":{"timeout_ms":-1}}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"timeout_ms"}}"#
    ),
    (
      #"{"method":"io.logd.Flush","parameters":{"timeout_ms":9223372036854775808}}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"timeout_ms"}}"#
    ),
    (
      #"{"method":"io.logd.GetStatus","parameters":{"interval_ms":[1]}}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"interval_ms"}}"#
    ),
    (
      #"{"method":"org.varlink.service.GetInterfaceDescription"}"#,
      #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"interface"}}"#
    ),
    (
      """
      {"method":"org.varlink.service.GetInterfaceDescription",\
      "parameters":{"interface":"io.nothing"}}
      """,
      #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"io.nothing"}}"#
    ),
    (#"{"method":"io.logd.Flush","parameters":{"durable":null}}"#, #"{"parameters":{}}"#),
    (#" {"method" : "io.logd.Flush", "unknown": [[]] } "#, #"{"parameters":{}}"#),
    (
      #"{"method":"org.varlink.service.GetInfo"}"#,
      """
      {"parameters":{"interfaces":["org.varlink.service","io.logd"],"product":"logd","url":"",\
      "vendor":"logd","version":"\(Version.text)"}}
      """
    ),
  ])
  func `calls and their replies`(_ call: String, _ reply: String) throws {
    #expect(try answer(call) == reply)
  }

  @Test(arguments: [
    "", "x", "{}", "[]", "null", "\"io.logd.GetStatus\"", #"{"method":1}"#,
    #"{"method":"io.logd.GetStatus""#, #"{"method":"io.logd.GetStatus","parameters":[]}"#,
    #"{"method":"io.logd.GetStatus","more":"yes"}"#, String(repeating: "[", count: 60_000),
    String(repeating: "{\"a\":", count: 10_000),
  ])
  func `what is no call ends the connection`(_ text: String) throws {
    #expect(try disconnects(Array(text.utf8)))
    #expect(try answer(#"{"method":"io.logd.Flush"}"#) == #"{"parameters":{}}"#)
  }

  @Test func `a message without an end ends the connection`() throws {
    #expect(try disconnects([UInt8](repeating: 0x20, count: 200_000)))
  }

  @Test func `a call that comes byte by byte is answered`() throws {
    let client = try harness.client()
    var pair = Array(#"{"method":"io.logd.Flush"}"#.utf8)
    pair.append(0)
    for byte in pair.dropLast() { try client.sendRaw([byte]) }
    #expect(throws: ControlError.self) { try client.receive(timeoutNanoseconds: second / 50) }
    try client.sendRaw([0])
    #expect(try client.receive(timeoutNanoseconds: second) == Array(#"{"parameters":{}}"#.utf8))
  }

  @Test func `pipelined calls are answered in their order`() throws {
    let client = try harness.client()
    let count = 500
    var all: [UInt8] = []
    for index in 0..<count { all += Array("{\"method\":\"io.logd.M\(index)\"}\0".utf8) }
    try client.sendRaw(all)
    for index in 0..<count {
      let reply = String(decoding: try client.receive(timeoutNanoseconds: second), as: UTF8.self)
      #expect(reply.contains("\"io.logd.M\(index)\""))
    }
  }

  @Test func `a oneway call gets no reply`() throws {
    let client = try harness.client()
    for method in ["Flush", "GetStatus", "Nothing"] {
      let call = "{\"method\":\"io.logd.\(method)\",\"oneway\":true}"
      try client.send(Array(call.utf8), timeoutNanoseconds: second)
    }
    try client.flush(durable: false, timeoutMilliseconds: 1000)
    #expect(harness.onLoop { $0.flushes.count } == 2)
    #expect(try client.status() == StatusSnapshot())
  }

  @Test func `with more, the status comes again and again`() throws {
    let client = try harness.client()
    let call = VarlinkCall("io.logd.GetStatus", ["interval_ms": .integer(100)], more: true)
    try client.send(ControlJSON.encode(call), timeoutNanoseconds: second)
    for _ in 0..<3 {
      let reply = try ControlJSON.decode(
        VarlinkReply<ReplyParameters.Status>.self,
        from: try client.receive(timeoutNanoseconds: second))
      #expect(reply.continues == true)
    }
  }

  @Test func `a client that has shut down its side still gets its replies`() throws {
    let client = try harness.client()
    try client.sendRaw(Array("{\"method\":\"io.logd.A\"}\0{\"method\":\"io.logd.B\"}\0".utf8))
    client.shutDownSending()
    for name in ["A", "B"] {
      let reply = String(decoding: try client.receive(timeoutNanoseconds: second), as: UTF8.self)
      #expect(reply.contains("io.logd.\(name)"))
    }
    #expect(throws: ControlError.disconnected(path: "\(harness.directory)/control.sock")) {
      try client.receive(timeoutNanoseconds: second)
    }
  }

  /// The seed is the argument.
  @Test(arguments: 1...20)
  func `no bytes at all stop the server`(_ seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var bytes = Array(#"{"method":"io.logd.Flush","parameters":{"durable":true},"more":true}"#.utf8)
    for _ in 0..<100 {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      bytes[index] = UInt8.random(in: 0...255, using: &random)
      let client = try harness.client()
      do {
        try client.send(bytes, timeoutNanoseconds: second)
      } catch ControlError.disconnected {
        continue
      }
    }
    #expect(try answer(#"{"method":"io.logd.Flush"}"#) == #"{"parameters":{}}"#)
  }
}
