internal import Glibc
internal import LogdClient
internal import LogdPlatform
internal import Synchronization

/// A thread with a client of its own that logs `record 0`, `record 1`, … up to a limit, or until it
/// is told to end.
final class Worker: Sendable {
  let ident: String
  private let limit: Int
  private let pauseMicroseconds: UInt32
  private let isEnding = Atomic<Bool>(false)
  private let records = Atomic<Int>(0)
  private let left = Atomic<Int>(0)
  private let thread = Mutex<PlatformThread?>(nil)

  /// - Parameter pauseMicroseconds: what lies between two records, so that a test of seconds does
  ///   not fill the disk; 0: nothing.
  init(
    _ ident: String, _ runtimeDirectory: String, _ limit: Int = .max, pauseMicroseconds: UInt32 = 0
  ) throws {
    self.limit = limit
    self.pauseMicroseconds = pauseMicroseconds
    self.ident = ident
    var options = LogClientOptions()
    options.runtimeDirectory = runtimeDirectory
    options.overflow = .block
    let log = LogClient(ident: ident, options: options)
    let started = try PlatformThread(ident) { [unowned self] in work(log) }
    thread.withLock { $0 = started }
  }

  private func work(_ log: LogClient) {
    var number = 0
    while number < limit, !isEnding.load(ordering: .relaxed) {
      log.info("record \(number)")
      number += 1
      if pauseMicroseconds > 0 { usleep(pauseMicroseconds) }
    }
    records.store(number, ordering: .relaxed)
    left.store(log.close(timeout: .seconds(10)), ordering: .relaxed)
  }

  /// Has it close its client, after its last record if there is a limit, and waits until it has.
  func finish() {
    if limit == .max { isEnding.store(true, ordering: .relaxed) }
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
  }

  /// How many records it has logged, and how many were not taken; after ``finish()``.
  var count: Int { records.load(ordering: .relaxed) }
  var undelivered: Int { left.load(ordering: .relaxed) }
}
