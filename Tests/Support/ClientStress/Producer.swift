import CLinux
import Glibc
import LogdClient
import Synchronization

/// Producers for tests that end the daemon under them. Each client logs `record 0`, `record 1`, …,
/// and says at its end, a line each: ident, how many, how many were dropped, how many undelivered,
/// and the longest call in microseconds.
struct Producer {
  let directory: String

  private func client(_ ident: String, ringBytes: Int = 1 << 20) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = directory
    options.ringBytes = ringBytes
    options.overflow = .block(upTo: .seconds(30))
    return LogClient(ident: ident, options: options)
  }

  private func end(_ client: LogClient, _ ident: String, _ count: Int, longest: UInt64 = 0) {
    let undelivered = client.close(timeout: .seconds(30))
    // One write, so that lines of many processes in one file stay whole.
    let line = Array("\(ident) \(count) \(client.dropped) \(undelivered) \(longest / 1000)\n".utf8)
    guard unsafe clinux_write(1, line, UInt64(line.count)) == line.count else {
      fatalError("cannot report")
    }
  }

  /// A part of a task that another process began.
  func continueTask(_ text: String) {
    guard let task = LogTaskID(text) else { fatalError("no place in a task: \(text)") }
    let client = client("remote")
    client.action("remote", continuing: task) {
      client.info("there")
      client.action("nested") {}
    }
    client.close(timeout: .seconds(30))
  }

  /// One client, so many records a second, until SIGTERM.
  func steady(_ ident: String, rate: Int) {
    signal(SIGTERM) { _ in Self.isEnding.store(true, ordering: .relaxed) }
    let client = client(ident)
    let burst = max(1, rate / 1000)
    var number = 0
    var longest: UInt64 = 0
    var due = clinux_monotonic_ns()
    while !Self.isEnding.load(ordering: .relaxed) {
      for _ in 0..<burst {
        let before = clinux_monotonic_ns()
        client.info("record \(number)")
        longest = max(longest, clinux_monotonic_ns() - before)
        number += 1
      }
      due += UInt64(burst) * 1_000_000_000 / UInt64(rate)
      let now = clinux_monotonic_ns()
      if due > now { usleep(UInt32((due - now) / 1000)) } else { due = now }
    }
    end(client, ident, number, longest: longest)
  }

  private static let isEnding = Atomic<Bool>(false)

  /// One client after the other in this process, so many a second, one record each, for so many
  /// seconds.
  func churn(_ ident: String, rate: Int, seconds: Int) {
    let start = clinux_monotonic_ns()
    for number in 0..<rate * seconds {
      let due = start + UInt64(number) * 1_000_000_000 / UInt64(rate)
      let now = clinux_monotonic_ns()
      if due > now { usleep(UInt32((due - now) / 1000)) }
      let name = "\(ident)\(number)"
      let client = client(name, ringBytes: 64 << 10)
      client.info("record 0")
      end(client, name, 1)
    }
    StandardErrorLine.say("\((clinux_monotonic_ns() - start) / 1_000_000) ms")
  }

  /// One client that logs so many records and ends.
  func short(_ ident: String, records: Int) {
    let client = client(ident)
    for number in 0..<records { client.info("record \(number)") }
    end(client, ident, records)
  }

  /// Has its ring, then logs, and ends without a word: what lies in the ring is all there is.
  func abrupt(_ ident: String, records: Int) {
    let client = client(ident, ringBytes: 64 << 10)
    client.info("record 0")
    do { try client.flush(timeout: .seconds(30)) } catch { fatalError("no flush: \(error)") }
    usleep(.random(in: 0..<30_000))
    for number in 1..<records { client.info("record \(number)") }
    let line = Array("\(ident) \(records) \(client.dropped) 0 0\n".utf8)
    guard unsafe clinux_write(1, line, UInt64(line.count)) == line.count else {
      fatalError("cannot report")
    }
    _exit(0)
  }

  /// So many clients at once; when all are there it kills the daemon, logs through each, and says
  /// on standard error when that was (CLOCK_MONOTONIC) and how long it took until all these records
  /// were in the file, both in microseconds.
  func crowd(_ ident: String, count: Int, daemon: Int32) {
    let clients = (0..<count).map { client("\(ident)\($0)", ringBytes: 64 << 10) }
    for client in clients {
      client.info("record 0")
      do { try client.flush(timeout: .seconds(30)) } catch { fatalError("no flush: \(error)") }
    }
    let start = clinux_monotonic_ns()
    kill(daemon, SIGKILL)
    for client in clients { client.info("record 1") }
    for client in clients {
      do { try client.flush(timeout: .seconds(30)) } catch { fatalError("no flush: \(error)") }
    }
    StandardErrorLine.say("\(start / 1000) \((clinux_monotonic_ns() - start) / 1000)")
    for (number, client) in clients.enumerated() { end(client, "\(ident)\(number)", 2) }
  }
}

enum StandardErrorLine {
  static func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    unsafe _ = clinux_write(2, line, UInt64(line.count))  // nobody to tell
  }
}
