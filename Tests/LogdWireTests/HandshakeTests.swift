import Testing

@testable import LogdWire

@Suite struct `Handshake messages` {
  private let hello = Hello(
    ringBytes: 1 << 20, oldRing: 7, clock: 123, ident: [0x61].read(Ident.init(sanitizing:)))
  private let grant = Grant(
    ring: 9, dataBytes: 65536, resume: 4096, recordBytesMax: 32768, fieldsMax: 128,
    controlOffset: 8192)

  @Test func `each message reads back as it was written`() throws {
    let refuse = Refuse(.tooManyClients, text: .init(cutting: "too many clients"))
    #expect(try [UInt8](encoding: hello.encode).read(Hello.decode) == hello)
    #expect(try [UInt8](encoding: grant.encode).read(Grant.decode) == grant)
    #expect(try [UInt8](encoding: refuse.encode).read(Refuse.decode) == refuse)
    #expect(refuse.text.string == "too many clients")
  }

  @Test func `sizes are those of the specification`() {
    #expect([UInt8](encoding: hello.encode).count == 49)
    #expect([UInt8](encoding: grant.encode).count == 56)
    #expect([UInt8](encoding: Refuse(.stopping, text: .init()).encode).count == 16)
  }

  @Test(
    arguments: [
      (0, .magic(0x3144_47FF)), (4, .version(0xFF)), (6, .type(0xFF)),
      (32, .reserved(offset: 32)), (36, .identBytes(0xFF)), (40, .reserved(offset: 40)),
    ] as [(Int, HandshakeError)])
  func `a hello with one wrong field says which`(offset: Int, error: HandshakeError) {
    var bytes = [UInt8](encoding: hello.encode)
    bytes[offset] = 0xFF
    #expect(throws: error) { try bytes.read(Hello.decode) }
  }

  @Test func `a packet of any other length is refused`() {
    let bytes = [UInt8](encoding: hello.encode)
    for count in 0..<bytes.count {
      #expect(throws: HandshakeError.self) { try Array(bytes[..<count]).read(Hello.decode) }
    }
    #expect(throws: HandshakeError.length(50)) {
      try (bytes + [0x61]).read(Hello.decode)
    }
  }

  @Test func `a bell reads back, of a record that may wait and of one that may not`() {
    for (stamp, count) in [(nil, 1), (0, 9), (.max, 9)] as [(UInt64?, Int)] {
      let bytes = [UInt8](encoding: Bell(stamp: stamp).encode)
      #expect(bytes.count == count)
      #expect(bytes.read { Bell($0) } == Bell(stamp: stamp))
    }
    let others: [[UInt8]] = [
      [], [0x43], [0x42, 0], Array(repeating: 0x42, count: 8), Array(repeating: 0, count: 9),
    ]
    for bytes in others { #expect(bytes.read { Bell($0) } == nil) }
  }

  @Test(arguments: [0, 1, 4095, 2048, 65537, 1 << 31, .max] as [UInt64])
  func `a grant whose size is no power of two in range is refused`(size: UInt64) {
    var bad = grant
    bad.dataBytes = size
    #expect(throws: HandshakeError.dataBytes(size)) {
      try [UInt8](encoding: bad.encode).read(Grant.decode)
    }
  }

  @Test(arguments: [0, 23, 32769, .max] as [UInt32])
  func `a grant whose largest frame does not fit twice is refused`(bytes: UInt32) {
    var bad = grant
    bad.recordBytesMax = bytes
    #expect(throws: HandshakeError.recordBytesMax(bytes)) {
      try [UInt8](encoding: bad.encode).read(Grant.decode)
    }
  }

  @Test(arguments: [1, 4095, 4097, 1 << 30 + 4096, .max] as [UInt64])
  func `a grant whose control block lies nowhere is refused`(offset: UInt64) {
    var bad = grant
    bad.controlOffset = offset
    #expect(throws: HandshakeError.controlOffset(offset)) {
      try [UInt8](encoding: bad.encode).read(Grant.decode)
    }
  }

  @Test func `a message of another version is told so whatever its length`() {
    let bytes: [UInt8] = [0x4C, 0x47, 0x44, 0x31, 2, 0, 1, 0]
    #expect(throws: HandshakeError.version(2)) { try bytes.read(Hello.decode) }
    #expect(HandshakeError.version(2).reason == .version)
    #expect(HandshakeError.length(3).reason == .protocolError)
  }

  @Test(arguments: [
    ("worker", "worker"), ("a b\n=", "a_b__"), ("", "_"), ("é", "__"), ("a.b_c@d/e+f-9", nil),
    (String(repeating: "x", count: 70), String(repeating: "x", count: 64)),
  ])
  func `an ident has a fixed set of characters`(given: String, kept: String?) {
    #expect(Array(given.utf8).read(Ident.init(sanitizing:)).string == kept ?? given)
  }

  @Test func `random bytes never trap the decoders`() {
    var random = SeededRandom()
    for _ in 0..<20_000 {
      var bytes = [UInt8](encoding: [hello.encode, grant.encode].randomElement(using: &random)!)
      for _ in 0...Int.random(in: 0...3, using: &random) {
        bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0...1, using: &random) * .random(in: 0...40, using: &random))
      _ = try? bytes.read(Hello.decode)  // any answer is right that is no trap
      _ = try? bytes.read(Grant.decode)
      _ = try? bytes.read(Refuse.decode)
    }
  }
}
