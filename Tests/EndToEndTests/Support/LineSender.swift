internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// A thread that sends numbered things until it is told to end.
// SAFETY: its state is atomic or under a lock, and those that are made of it add none.
class NumberedSender: @unchecked Sendable {
  private let isEnding = Atomic<Bool>(false)
  private let sent = Atomic<Int>(0)
  private let thread = Mutex<PlatformThread?>(nil)

  /// - Parameter send: sends while its argument says so; how many it has sent.
  init(_ name: String, _ send: @escaping @Sendable (_ goesOn: () -> Bool) -> Int) throws {
    let started = try PlatformThread(name) { [unowned self] in
      let count = send { !isEnding.load(ordering: .relaxed) }
      sent.store(count, ordering: .relaxed)
    }
    thread.withLock { $0 = started }
  }

  /// Has it send what it has begun, and hang up.
  func finish() {
    isEnding.store(true, ordering: .relaxed)
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
  }

  /// How many it has sent; after ``finish()``.
  var count: Int { sent.load(ordering: .relaxed) }
}

/// Sends numbered JSON lines over a connection to lines.sock, in pieces that do not end with a line.
final class LineSender: NumberedSender, @unchecked Sendable {
  init(_ number: Int, _ place: Place) throws {
    let client = try TextClient(place)
    try super.init("sender") { goesOn in
      var rest: [UInt8] = []
      var count = 0
      while goesOn() {
        for _ in 0..<50 {
          let text = String(repeating: "y", count: count % 300)
          rest += Array("{\"ident\":\"text\(number)\",\"msg\":\"\(count) \(text)\"}\n".utf8)
          count += 1
        }
        let piece = rest.count - count % 37
        try? client.send(Array(rest[..<piece]))
        rest.removeFirst(piece)
      }
      try? client.send(rest)
      return count
    }
  }
}

/// Sends the same lines again and again, faster than they can be read: its socket is never empty.
final class LineFlood: NumberedSender, @unchecked Sendable {
  init(_ number: Int, _ place: Place) throws {
    let client = try TextClient(place)
    let lines = (0..<200).map { "{\"ident\":\"text\(number)\",\"msg\":\"line \($0)\"}\n" }
    let block = Array(lines.joined().utf8)
    try super.init("flood") { goesOn in
      var count = 0
      while goesOn() {
        try? client.send(block)
        count += lines.count
      }
      return count
    }
  }
}

/// Sends numbered datagrams to syslog.sock.
final class DatagramSender: NumberedSender, @unchecked Sendable {
  init(_ place: Place) throws {
    let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    _ = try check(unsafe clinux_connect(socket.raw, "\(place.runtimeDirectory)/syslog.sock"))
    let number = socket.release()
    try super.init("datagrams") { goesOn in
      let socket = Descriptor(owning: number)
      var count = 0
      while goesOn() {
        let text = Array("<13>datagram: \(count)".utf8)
        let sent = unsafe clinux_send(socket.raw, text, UInt64(text.count))
        if sent == -Int64(EAGAIN) {
          _ = clinux_poll(socket.raw, 4, 1)
        } else {
          precondition(sent == text.count, "\(sent)")
          count += 1
        }
      }
      return count
    }
  }
}
