internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// Something that a client does all the time.
struct Attack: Sendable, CustomTestStringConvertible {
  let name: String
  let begin: @Sendable (Place) throws -> Crime

  var testDescription: String { name }

  /// An attack that is going on: `step` once more, as long as others log.
  final class Crime {
    private let body: () throws -> Void
    private let cleanUp: () throws -> Void
    private(set) var count = 0

    init(_ body: @escaping () throws -> Void, end: @escaping () throws -> Void = {}) {
      self.body = body
      cleanUp = end
    }

    func step() throws {
      try body()
      count += 1
    }

    func end() throws { try cleanUp() }
  }

  /// Does `crime` to a ring of its own; a client that was thrown out comes back as another.
  private static func again(
    _ name: String, _ crime: @escaping @Sendable (RawClient) throws -> Void
  ) -> Attack {
    Attack(name: name) { place in
      var client: RawClient?
      return Crime {
        // It may be refused, and thrown out at any moment.
        if client?.isHungUp != false { client = try? RawClient(place, ident: "hostile") }
        if let client { try? crime(client) }
      }
    }
  }

  /// `crime` with a socket that is connected to another door; a new one when that has ended.
  private static func atDoor(
    _ name: String, _ door: String, _ type: clinux_socket_type,
    _ crime: @escaping @Sendable (borrowing Descriptor) -> Bool
  ) -> Attack {
    Attack(name: name) { place in
      var held: DoorSocket?
      return Crime {
        if held == nil { held = try DoorSocket(place, door, type) }
        if let socket = held, !crime(socket.descriptor) { held = nil }
      }
    }
  }

  static let all: [Attack] = [
    Attack(name: "nobody hostile") { _ in Crime { _ = clinux_poll(-1, 0, 10) } },
    again("random contents of the ring") { client in
      client.publish((0..<4096).map { _ in UInt8.random(in: .min ... .max) })
    },
    again("a head that runs away") { client in
      for step in 1...64 { client.setHead(UInt64(step) << 20) }
      client.bell()
    },
    again("a head that jumps back and forth") { client in
      client.publish("sound")
      for _ in 0..<1000 {
        client.setHead(0)
        client.setHead(client.tail + 48)
      }
      client.bell()
    },
    again("lengths that lie") { client in
      var frame = RawClient.frame("a message", stamp: Clock.monotonicNanoseconds())
      frame[Int.random(in: 0..<4)] = .random(in: .min ... .max)
      frame[16 + Int.random(in: 0..<8)] = .random(in: .min ... .max)
      client.publish(frame)
    },
    again("counts that lie") { client in
      client.publishWhileThereIsRoom("a record")
      client.claimDropped(.max)
      client.hangUp()
    },
    again("memory that is punched away") { client in
      client.publishWhileThereIsRoom("a record")
      client.punch()
    },
    again("stamps of 1") { client in
      for _ in 0..<100 { client.publishWhileThereIsRoom("old", stamp: 1) }
    },
    again("stamps of the far future") { client in
      for _ in 0..<100 { client.publishWhileThereIsRoom("new", stamp: .max / 2) }
    },
    again("storms of doorbells") { client in for _ in 0..<1000 { client.bell() } },
    again("storms of doorbells for records of any time") { client in
      for _ in 0..<1000 {
        try client.send([Layout.bell] + (0..<8).map { _ in UInt8.random(in: 0...255) })
      }
    },
    again("descriptors with every message") { client in
      for _ in 0..<100 {
        try client.send([Layout.bell], with: [client.socket.raw, client.socket.raw])
      }
    },
    hungFiles,
    Attack(name: "five thousand connections") { place in
      DescriptorLimit.raise()
      var crowd: [RawClient] = []
      return Crime {
        // Beyond the limit it is refused: the connection is there, the ring is not. Where many wait
        // at the door already, and on a busy machine they do, the next one does not get so far.
        let known = crowd.count
        while crowd.count < min(known + 50, 5000), let client = try? RawClient(place) {
          crowd.append(client)
        }
        for client in crowd[known...] { try? client.send(RawClient.hello(ident: "crowd")) }
      }
    },
    Attack(name: "connect and vanish") { place in
      var number = 0
      return Crime {
        for _ in 0..<20 {
          number += 1
          guard let client = try? RawClient(place) else { return }
          if number % 2 == 0 { try? client.send(RawClient.hello(ident: "gone")) }
        }
      }
    },
    atDoor("a line without an end", "lines.sock", CLINUX_STREAM) { socket in
      send(socket, Array(repeating: UInt8(ascii: "x"), count: 64 << 10))
    },
    atDoor("lines of nonsense", "lines.sock", CLINUX_STREAM) { socket in
      let starts = ["{\"a\":", "{\"msg\":[", "<999>", "<13>1 2026", "\u{0}", "[", "{\"pid\":1}"]
      var lines: [UInt8] = []
      for _ in 0..<200 { lines += Array(((starts.randomElement() ?? "") + "{\n").utf8) }
      return send(socket, lines)
    },
    atDoor("followers that do not read", "control.sock", CLINUX_STREAM) { socket in
      _ = send(socket, Array("{\"method\":\"io.logd.Follow\",\"more\":true}\0".utf8))
      _ = clinux_poll(-1, 0, 20)
      return true
    },
    atDoor("questions without end", "control.sock", CLINUX_STREAM) { socket in
      send(socket, Array("{\"method\":\"io.logd.GetStatus\"}\0".utf8))
    },
  ]

  /// Each message brings a file along that would hang whoever closes it.
  private static let hungFiles = Attack(name: "files that hang, sent along") { place in
    guard geteuid() == 0, unsafe access("/dev/fuse", R_OK) == 0 else {
      print("no /dev/fuse here: without a hanging file")
      return Crime { _ = clinux_poll(-1, 0, 10) }
    }
    let directory = place.file("fuse")
    _ = try Directory.make(directory, mode: 0o755)
    let server = try place.start(.hungFile, [directory])
    while server.standardOutput.isEmpty {
      if let ending = server.ending(within: .milliseconds(1)) {
        throw EndToEndFailure("hung-file \(ending): \(server.standardError)")
      }
    }
    let file = unsafe open("\(directory)/hung", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("open", "\(directory)/hung", .current) }
    var client = try RawClient(place, ident: "giver")
    return Crime {
      if client.isHungUp { client = try RawClient(place, ident: "giver") }
      for _ in 0..<10 { try? client.send([Layout.bell], with: [file]) }
    } end: {
      server.send(SIGTERM)
      _ = server.ending(within: .seconds(10))
      close(file)
    }
  }

  /// Whether it was taken, or could have been but for room.
  private static func send(_ socket: borrowing Descriptor, _ bytes: [UInt8]) -> Bool {
    let sent = unsafe clinux_send(socket.raw, bytes, UInt64(bytes.count))
    if sent == -Int64(EAGAIN) {
      _ = clinux_poll(socket.raw, 4, 20)
      return true
    }
    return sent > 0
  }
}

private final class DoorSocket {
  let descriptor: Descriptor

  init(_ place: Place, _ name: String, _ type: clinux_socket_type) throws {
    descriptor = Descriptor(owning: try check(clinux_socket(Int32(type.rawValue))))
    let path = "\(place.runtimeDirectory)/\(name)"
    _ = try check(unsafe clinux_connect(descriptor.raw, path))
  }
}
