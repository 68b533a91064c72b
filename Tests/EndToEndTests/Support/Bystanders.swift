internal import FoundationEssentials
internal import LogdPlatform
internal import Testing

/// Four well-behaved processes that log in bursts, to a daemon that somebody else may attack
/// meanwhile; their records are verified by logbench.
struct Bystanders {
  private let load: RunningProgram
  private let daemon: TestDaemon

  private struct Outcome: Decodable { var callP99Ns: Int }

  /// Each makes so many calls, 50,000 a second, a thousand at a time, to a ring that it has been round
  /// before: so that a call finds its code and data in the processor's cache, as the calls of somebody
  /// do who has much to say, and the p99 is not that of the one call in each burst that wakes the
  /// daemon, or of a page of the ring that is touched for the first time.
  init(_ place: Place, _ daemon: TestDaemon, records: Int) throws {
    self.daemon = daemon
    load = try place.start(
      .logbench,
      [
        "load", "--runtime-dir", place.runtimeDirectory, "--log-file", place.logFile,
        "--producers", "4", "--records", "\(records)", "--warmup", "20000", "--rate", "50000",
        "--burst", "1000", "--json",
      ])
  }

  /// Calls `meanwhile` until they are done. The p99 of their calls in nanoseconds, of the slowest of them.
  @discardableResult
  func log(meanwhile: () throws -> Void) throws -> Int {
    while load.ending(within: .zero) == nil {
      try meanwhile()
      if let ending = daemon.process.ending(within: .zero) {
        throw EndToEndFailure("logd \(ending): \(daemon.process.standardError)")
      }
    }
    #expect(
      load.ending(within: .zero) == .exited(0), "\(load.standardError)\n\(load.standardOutput)")
    let outcome = try JSONDecoder().decode(Outcome.self, from: Data(load.standardOutput.utf8))
    return outcome.callP99Ns
  }
}

extension TestDaemon {
  /// The most memory it has had so far, resident.
  func peakBytes() throws -> Int {
    let status = String(
      decoding: try FileContents.read("/proc/\(process.pid)/status", bytesMax: 64 << 10),
      as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return try #require(kilobytes) << 10
  }
}
