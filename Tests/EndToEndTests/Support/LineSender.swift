internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// A thread with a connection to lines.sock that sends numbered JSON lines until it is told to end, in
/// pieces that do not end with a line.
final class LineSender: Sendable {
  private let isEnding = Atomic<Bool>(false)
  private let lines = Atomic<Int>(0)
  private let thread = Mutex<PlatformThread?>(nil)

  init(_ number: Int, _ place: Place) throws {
    let client = try TextClient(place)
    let started = try PlatformThread("sender") { [unowned self] in
      var rest: [UInt8] = []
      var count = 0
      while !isEnding.load(ordering: .relaxed) {
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
      lines.store(count, ordering: .relaxed)
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

  /// How many lines it has sent; after ``finish()``.
  var count: Int { lines.load(ordering: .relaxed) }
}

/// A thread that sends numbered datagrams to syslog.sock until it is told to end.
final class DatagramSender: Sendable {
  private let isEnding = Atomic<Bool>(false)
  private let datagrams = Atomic<Int>(0)
  private let thread = Mutex<PlatformThread?>(nil)

  init(_ place: Place) throws {
    let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    _ = try check(unsafe clinux_connect(socket.raw, "\(place.runtimeDirectory)/syslog.sock"))
    let number = socket.release()
    let started = try PlatformThread("datagrams") { [unowned self] in
      let socket = Descriptor(owning: number)
      var count = 0
      while !isEnding.load(ordering: .relaxed) {
        let text = Array("<13>datagram: \(count)".utf8)
        let sent = unsafe clinux_send(socket.raw, text, UInt64(text.count))
        if sent == -Int64(EAGAIN) {
          _ = clinux_poll(socket.raw, 4, 1)
        } else {
          precondition(sent == text.count, "\(sent)")
          count += 1
        }
      }
      datagrams.store(count, ordering: .relaxed)
    }
    thread.withLock { $0 = started }
  }

  func finish() {
    isEnding.store(true, ordering: .relaxed)
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
  }

  /// How many it has sent; after ``finish()``.
  var count: Int { datagrams.load(ordering: .relaxed) }
}
