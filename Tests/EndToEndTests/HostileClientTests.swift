internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// P11: a client that breaks the rules is disconnected and named; what came before it is kept, and
/// others notice nothing.
@Suite struct `Hostile clients` {
  /// What a client does to its ring after one sound record.
  enum Crime: String, CaseIterable, Sendable {
    case headBeyondTheRing, headBackwards, headUnaligned, headInsideAFrame
    case frameTooLong, frameTooShort, severityUnknown, messageTooLong, fieldsMissing, zeros

    var reason: String {
      switch self {
      case .headBeyondTheRing, .headBackwards, .headUnaligned: "not a position it can have"
      default: "a frame breaks the rules"
      }
    }

    func commit(_ client: RawClient, _ dataBytes: UInt64) {
      var frame = RawClient.frame("never seen", stamp: Clock.monotonicNanoseconds())
      switch self {
      case .headBeyondTheRing: client.setHead(dataBytes + 4096)
      case .headBackwards: client.setHead(8)
      case .headUnaligned: client.setHead(41)
      case .headInsideAFrame:
        client.write(frame)
        client.setHead(64)
      case .frameTooLong: frame[2] = 0x10
      case .frameTooShort: frame[0] = 23
      case .severityUnknown: frame[4] = 8
      case .messageTooLong: frame[16] = 0xFF
      case .fieldsMissing: frame[6] = 1
      case .zeros: frame = Array(repeating: 0, count: 64)
      }
      if reason.hasPrefix("a frame"), self != .headInsideAFrame {
        client.publish(frame)
      } else {
        client.bell()
      }
    }
  }

  @Test(arguments: Crime.allCases)
  func `a ring with nonsense is quarantined, what came before is kept`(crime: Crime) throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "order.window=0ms"]) { daemon in
      let good = try RawClient(place, ident: "good")
      let bad = try RawClient(place, ident: "bad")
      bad.publish("sound")
      try daemon.wait("take the sound record") { bad.isDrained }
      let size = try #require(bad.grant?.dataBytes)
      crime.commit(bad, size)
      try daemon.wait("disconnect the culprit") { bad.isHungUp }
      good.publish("unharmed")
      try daemon.wait("take the other's record") { good.isDrained }
      daemon.stop()
      let records = try place.records()
      #expect(records.filter { $0.ident == "bad" }.map(\.text) == ["sound"])
      #expect(records.filter { $0.ident == "good" }.map(\.text) == ["unharmed"])
      let verdict = records.first { $0.text == "a client was disconnected" }
      #expect(verdict?.value("client_pid") == .integer(Int64(getpid())))
      #expect(verdict?.textValue("reason")?.contains(crime.reason) == true)
    }
  }

  @Test(arguments: [
    Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x42], Array(repeating: 0x42, count: 9), [0],
    Array(repeating: 0xFF, count: 64),
    Array(RawClient.hello(ident: "x").dropLast()), RawClient.hello(ident: "x") + [0],
    Array(repeating: 0x42, count: 4096),
  ])
  func `who does not begin with HELLO is refused`(_ packet: [UInt8]) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try RawClient(place)
      try client.send(packet)
      try daemon.wait("hang up") { client.isHungUp }
      daemon.stop()
      let texts = try place.records().map(\.text)
      #expect(texts.contains("a client was refused") || texts.contains("a client was disconnected"))
    }
  }

  @Test func `a second HELLO ends the connection, and its records are kept`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try RawClient(place, ident: "twice")
      client.publish("kept")
      try client.send(RawClient.hello(ident: "twice"))
      try daemon.wait("hang up") { client.isHungUp }
      daemon.stop()
      #expect(try place.records().filter { $0.ident == "twice" }.map(\.text) == ["kept"])
    }
  }

  @Test func `descriptors that are sent along never reach the daemon`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try RawClient(place, ident: "giver")
      let before = try daemon.descriptorCount()
      for _ in 0..<500 {
        try client.send([Layout.bell], with: [client.socket.raw, client.socket.raw])
      }
      client.publish("after the gifts")
      try daemon.wait("take the record") { client.isDrained }
      #expect(try daemon.descriptorCount() <= before)
    }
  }

  @Test func `a crowd that connects and vanishes leaves nothing`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let before = try daemon.descriptorCount()
      for round in 0..<2000 {
        let client = try RawClient(place)
        if round % 2 == 0 { try client.send(RawClient.hello(ident: "gone")) }
      }
      try daemon.wait("forget them all") { try daemon.descriptorCount() <= before }
    }
  }

  @Test func `a stamp of the far future or of 1 is clamped, and kept as a field`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try RawClient(place, ident: "liar")
      let now = Clock.realtimeNanoseconds()
      client.publish("old", stamp: 1)
      client.publish("new", stamp: .max / 2)
      try daemon.wait("take the records") { client.isDrained }
      daemon.stop()
      let records = try place.records().filter { $0.ident == "liar" }
      #expect(records.map(\.text) == ["old", "new"])
      for record in records {
        #expect(abs(record.time - now) < 5_000_000_000)
        #expect(record.value("_stamp", fromDaemon: true) != nil)
      }
    }
  }
}

extension TestDaemon {
  func descriptorCount() throws -> Int {
    try Directory.names(in: "/proc/\(process.pid)/fd").count
  }
}

extension LogRecord {
  func textValue(_ key: String) -> String? {
    guard case .string(let bytes) = value(key) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
