internal import CLinux
internal import LogdClient
internal import LogdPlatform

/// A worker process: hashes its share of a tree, file by file, and logs each.
struct HashWorker: ~Copyable {
  private let number: Int
  private let workers: Int
  private let log: LogClient
  private var report = ProducerReport()
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  static let ident = "hasher"
  /// The number of the record among those of its process: what the file is checked by.
  static let sequenceKey = "n"

  init(number: Int, of workers: Int, runtimeDirectory: String) {
    self.number = number
    self.workers = workers
    var options = LogClientOptions()
    options.runtimeDirectory = runtimeDirectory
    log = LogClient(ident: Self.ident, options: options)
    report.number = UInt64(number)
  }

  /// Goes through the tree again and again until the time is over.
  mutating func run(tree: String, seconds: Int) throws {
    try Station.say("ready \(number)\n")
    Station.waitAtGate()
    let deadline = clinux_monotonic_ns() + UInt64(seconds) * 1_000_000_000
    while clinux_monotonic_ns() < deadline {
      guard hashAll(of: tree, until: deadline) else { throw Failure("no files in \(tree)") }
    }
    let unflushed = log.close(timeout: .seconds(10))
    report.unflushed = UInt64(unflushed)
    report.dropped = log.dropped
    report.endNs = clinux_monotonic_ns()
    try Station.say(report.message)
  }

  /// Goes through the tree once; whether there was a file.
  private mutating func hashAll(of tree: String, until deadline: UInt64) -> Bool {
    var walk = TreeWalk(tree)
    var index = 0
    while let path = walk.next() {
      if clinux_monotonic_ns() >= deadline { return true }
      if index % workers == number { hash(path) }
      index += 1
    }
    return index > 0
  }

  private mutating func hash(_ path: String) {
    let began = clinux_monotonic_ns()
    do {
      let (hash, bytes) = try contents(of: path)
      let microseconds = Double((clinux_monotonic_ns() - began) / 100) / 10
      timed { log, sequence in
        log.info(
          "hashed",
          [
            .string("path", path), .int("bytes", bytes),
            .string("fnv1a", String(hash, radix: 16)), .double("us", microseconds),
            .uint(Self.sequenceKey, sequence),
          ])
      }
    } catch {
      timed { log, sequence in
        log.warning(
          "cannot read",
          [
            .string("path", path), .string("reason", error.description),
            .uint(Self.sequenceKey, sequence),
          ])
      }
    }
  }

  /// FNV-1a, 64 bits, and the size.
  private mutating func contents(of path: String) throws(Errno) -> (hash: UInt64, bytes: Int) {
    let file = try Descriptor.reading(path)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var bytes = 0
    while true {
      let count: Int = try check(unsafe clinux_read(file.raw, &buffer, UInt64(buffer.count)))
      if count == 0 { return (hash, bytes) }
      for index in 0..<count { hash = (hash ^ UInt64(buffer[index])) &* 0x100_0000_01b3 }
      bytes += count
    }
  }

  /// Makes one log call and notes how long it took.
  private mutating func timed(_ call: (LogClient, _ sequence: UInt64) -> Void) {
    let before = clinux_monotonic_ns()
    call(log, report.attempted)
    let nanoseconds = clinux_monotonic_ns() - before
    report.attempted += 1
    report.inCallsNs += nanoseconds
    report.longestNs = max(report.longestNs, nanoseconds)
  }
}
