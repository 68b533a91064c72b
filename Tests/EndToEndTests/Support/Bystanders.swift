internal import FoundationEssentials
internal import LogdPlatform
internal import Testing

/// Four well-behaved processes that log in bursts, to a daemon that somebody else may attack
/// meanwhile; their records are verified by logbench.
struct Bystanders {
  private let load: RunningProgram
  private let daemon: TestDaemon

  private struct Outcome: Decodable { var callP99Ns: Int }

  /// Each makes so many calls, 10,000 a second, a hundred at a time: so that a call finds its code and
  /// data in the processor's cache, as the calls of somebody do who has much to say.
  init(_ place: Place, _ daemon: TestDaemon, records: Int) throws {
    self.daemon = daemon
    load = try place.start(
      .logbench,
      [
        "load", "--runtime-dir", place.runtimeDirectory, "--log-file", place.logFile,
        "--producers", "4", "--records", "\(records)", "--warmup", "2000", "--rate", "10000",
        "--burst", "100", "--json",
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
    #expect(load.ending(within: .zero) == .exited(0), "\(load.standardError)")
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
