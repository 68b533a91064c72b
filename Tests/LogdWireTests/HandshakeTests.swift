import Testing

@testable import LogdWire

@Suite struct `Handshake messages` {
  /// What `encode` writes, as an array.
  private func packet(_ encode: (inout MutableRawSpan) -> Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: 256)
    var span = bytes.mutableSpan.mutableBytes
    let count = encode(&span)
    return Array(bytes[..<count])
  }

  private let hello = Hello(
    ringBytes: 1 << 20, oldRing: 7, clock: 123, ident: Ident(sanitizing: [0x61].span.bytes))
  private let grant = Grant(
    ring: 9, dataBytes: 65536, resume: 4096, recordBytesMax: 32768, fieldsMax: 128)

  @Test func `each message reads back as it was written`() throws {
    let refuse = Refuse(.tooManyClients, text: .init(cutting: "too many clients"))
    #expect(try Hello.decode(from: packet(hello.encode).span.bytes) == hello)
    #expect(try Grant.decode(from: packet(grant.encode).span.bytes) == grant)
    #expect(try Refuse.decode(from: packet(refuse.encode).span.bytes) == refuse)
    #expect(refuse.text.string == "too many clients")
  }

  @Test func `sizes are those of the specification`() {
    #expect(packet(hello.encode).count == 49)
    #expect(packet(grant.encode).count == 48)
    #expect(packet(Refuse(.stopping, text: .init()).encode).count == 16)
  }

  @Test(arguments: [
    (0, .magic(0x3144_47FF)), (4, .version(0xFF)), (6, .type(0xFF)),
    (32, .reserved(offset: 32)), (36, .identBytes(0xFF)), (40, .reserved(offset: 40)),
  ] as [(Int, HandshakeError)])
  func `a hello with one wrong field says which`(offset: Int, error: HandshakeError) {
    var bytes = packet(hello.encode)
    bytes[offset] = 0xFF
    #expect(throws: error) { try Hello.decode(from: bytes.span.bytes) }
  }

  @Test func `a packet of any other length is refused`() {
    let bytes = packet(hello.encode)
    for count in 0..<bytes.count {
      #expect(throws: HandshakeError.self) { try Hello.decode(from: bytes[..<count].span.bytes) }
    }
    #expect(throws: HandshakeError.length(50)) {
      try Hello.decode(from: (bytes + [0x61]).span.bytes)
    }
  }

  @Test(arguments: [0, 1, 4095, 2048, 65537, 1 << 31, .max] as [UInt64])
  func `a grant whose size is no power of two in range is refused`(size: UInt64) {
    var bad = grant
    bad.dataBytes = size
    #expect(throws: HandshakeError.dataBytes(size)) {
      try Grant.decode(from: packet(bad.encode).span.bytes)
    }
  }

  @Test(arguments: [0, 23, 32769, .max] as [UInt32])
  func `a grant whose largest frame does not fit twice is refused`(bytes: UInt32) {
    var bad = grant
    bad.recordBytesMax = bytes
    #expect(throws: HandshakeError.recordBytesMax(bytes)) {
      try Grant.decode(from: packet(bad.encode).span.bytes)
    }
  }

  @Test func `a message of another version is told so whatever its length`() {
    let bytes: [UInt8] = [0x4C, 0x47, 0x44, 0x31, 2, 0, 1, 0]
    #expect(throws: HandshakeError.version(2)) { try Hello.decode(from: bytes.span.bytes) }
    #expect(HandshakeError.version(2).reason == .version)
    #expect(HandshakeError.length(3).reason == .protocolError)
  }

  @Test(arguments: [
    ("worker", "worker"), ("a b\n=", "a_b__"), ("", "_"), ("é", "__"), ("a.b_c@d/e+f-9", nil),
    (String(repeating: "x", count: 70), String(repeating: "x", count: 64)),
  ])
  func `an ident has a fixed set of characters`(given: String, kept: String?) {
    #expect(Ident(sanitizing: Array(given.utf8).span.bytes).string == kept ?? given)
  }

  @Test func `random bytes never trap the decoders`() {
    var random = SeededRandom()
    for _ in 0..<20_000 {
      var bytes = packet([hello.encode, grant.encode].randomElement(using: &random)!)
      for _ in 0...Int.random(in: 0...3, using: &random) {
        bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0...1, using: &random) * .random(in: 0...40, using: &random))
      _ = try? Hello.decode(from: bytes.span.bytes)  // any answer is right that is no trap
      _ = try? Grant.decode(from: bytes.span.bytes)
      _ = try? Refuse.decode(from: bytes.span.bytes)
    }
  }
}
