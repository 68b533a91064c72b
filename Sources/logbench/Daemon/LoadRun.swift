internal import Glibc
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

/// Measures a daemon under load, and accounts for every record afterwards.
struct LoadRun {
  let producers: Int
  let workload: Workload
  var daemon: DaemonOptions
  let client: ClientOptions
  let place: Place
  /// Asks for the status all the time meanwhile.
  var asksStatus = false
  var door = Door.swift

  func run() throws -> RunResult {
    let warm = try place.warm(
      for: daemon.logFile ?? DaemonUnderTest.logFile(at: place), kind: "logd", workload,
      daemon.logFormat,
      producers: producers)
    let daemon = try DaemonUnderTest.start(daemon, at: place)
    do {
      let result = try measure(daemon, warm)
      if self.daemon.logFile == nil { warm.recycle() }
      return result
    } catch {
      daemon.kill()
      throw error
    }
  }

  private func measure(_ daemon: DaemonUnderTest, _ warm: WarmFile) throws -> RunResult {
    var crew = try Crew(count: producers, program: door.program) { number in
      try door.arguments(number, daemon.runtimeDirectory, workload, client)
    }
    let pids = crew.pids
    var before = ProcessUsage()
    var lateBefore: UInt64?
    let probe = asksStatus ? try StatusProbe(daemon.runtimeDirectory, clients: producers) : nil
    let (start, reports) = try crew.run(
      timeoutNs: 300_000_000_000,
      opened: {
        warm.follow()
        lateBefore = Self.recordsLate(daemon)
        before = ProcessUsage.of(daemon.pid) ?? before
      }, meanwhile: warm.follow)
    let answers = try probe?.stop()
    let used = try daemon.usage() - before
    let peak = daemon.peakBytes
    let late = Self.recordsLate(daemon)
    try daemon.stop()
    let end = reports.map(\.endNs).max() ?? start
    let findings = try verify(daemon, pids, reports)
    var result = RunResult(
      door == .swift ? "logd" : door.rawValue, producers, workload, elapsedNs: end - start,
      findings, reports)
    result.daemonUserNs = used.userNs / Double(result.records)
    result.daemonSystemNs = used.systemNs / Double(result.records)
    result.daemonPeakBytes = peak
    result.status = answers
    if let late, let lateBefore, late >= lateBefore { result.recordsLate = Int(late - lateBefore) }
    return result
  }

  /// Records that came after the window, as the daemon counts them; nil when it does not answer.
  private static func recordsLate(_ daemon: DaemonUnderTest) -> UInt64? {
    try? DaemonStatus.read(daemon.runtimeDirectory).recordsLate  // a figure beside the others
  }

  private func verify(
    _ daemon: DaemonUnderTest, _ pids: [Int32], _ reports: [ProducerReport]
  ) throws -> Findings {
    let expected = ExpectedLine(
      daemon.format, workload, uid: getuid(), doorFields: door.ownFields)
    var verifier = Verifier(
      expected, pids: pids, sequences: workload.records + workload.warmup)
    try verifier.read(
      daemon.logFile, from: daemon.offset, othersWrite: !daemon.isOurs)
    return verifier.result(reports)
  }
}
