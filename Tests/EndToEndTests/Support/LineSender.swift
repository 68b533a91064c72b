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
