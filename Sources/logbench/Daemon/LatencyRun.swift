internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Distributions of the clock, the log call, and the way to the file.
struct LatencyResult: Codable, Sendable {
  /// What was measured with.
  var stopwatch: String
  var clock: Percentiles
  /// What no log call can do without, see ``BareCall``.
  var bareCall: Percentiles
  var call: Percentiles
  /// Of the bursts in which the processor had its full speed, see ``CoreSpeed``; nil: there were none.
  var callAtFullSpeed: Percentiles?
  /// Through the C library.
  var c: Percentiles
  /// Through swift-log, of a message that is there.
  var swiftLog: Percentiles
  var endToEnd: EndToEnd?

  struct EndToEnd: Codable, Sendable {
    /// From the call of an idle client until the line is in the file.
    var line: Percentiles
    /// What the machine makes of a sleep of 2 ms, as long as the order window: in the same rounds.
    var sleep: Percentiles
  }

  var text: String {
    var table = Table(["", "count"] + Percentiles.titles)
    table.add(["\(stopwatch) alone", "\(clock.count)"] + clock.cells)
    table.add(["its time and its fence alone", "\(bareCall.count)"] + bareCall.cells)
    table.add(["log call", "\(call.count)"] + call.cells)
    if let own = callAtFullSpeed {
      table.add(["at full speed", "\(own.count)"] + own.cells)
    }
    table.add(["through C", "\(c.count)"] + c.cells)
    table.add(["through swift-log", "\(swiftLog.count)"] + swiftLog.cells)
    if let endToEnd {
      table.add(["idle call to line", "\(endToEnd.line.count)"] + endToEnd.line.cells)
      table.add(["a sleep of 2 ms", "\(endToEnd.sleep.count)"] + endToEnd.sleep.cells)
    }
    return table.text
  }
}

/// Measures them against a daemon; this process is the only one with clients, one for each door, one
/// after the other.
struct LatencyRun {
  let calls: Int
  let burst: Int
  let rounds: Int
  let workload: Workload
  let daemon: DaemonOptions
  let client: ClientOptions
  let place: Place
  private let watch = Stopwatch()
  private let core = CoreSpeed()
  /// So long after a burst the daemon no longer waits for what follows it: the client is idle.
  private static let calmMicroseconds: UInt32 = 500_000
  private static let lookMicroseconds: UInt32 = 100

  func run() throws -> LatencyResult {
    let daemon = try DaemonUnderTest.start(daemon, at: place)
    do {
      let directory = daemon.runtimeDirectory
      var library = try LibrarySink(runtimeDirectory: directory, client, workload)
      var swiftLog = SwiftLogSink(
        runtimeDirectory: directory, client, workload, isConstant: true)
      var sink = try LogdSink(runtimeDirectory: directory, client, workload)
      var result = try measure(&sink, c: try call(&library), swiftLog: try call(&swiftLog))
      if rounds > 0 { result.endToEnd = try endToEnd(&sink, daemon.logFile) }
      try daemon.stop()
      return result
    } catch {
      daemon.kill()
      throw error
    }
  }

  /// The client, and between its bursts the machine: its speed is not the same for long.
  private func measure(
    _ sink: inout LogdSink, c: Percentiles, swiftLog: Percentiles
  ) throws -> LatencyResult {
    var (call, fullSpeed) = (Histogram(), Histogram())
    var bare = BareCall()
    try bursts(&sink) { took, isFullSpeed in
      for time in took { call.record(time) }
      if isFullSpeed { for time in took { fullSpeed.record(time) } }
      bare.measure(took.count, with: watch)
    }
    return LatencyResult(
      stopwatch: watch.name, clock: Percentiles(bare.nothing), bareCall: Percentiles(bare.least),
      call: Percentiles(call), callAtFullSpeed: fullSpeed.count > 0 ? Percentiles(fullSpeed) : nil,
      c: c, swiftLog: swiftLog, endToEnd: nil)
  }

  private func call<Sink: RecordSink & ~Copyable>(_ sink: inout Sink) throws -> Percentiles {
    var histogram = Histogram()
    try bursts(&sink) { took, _ in for time in took { histogram.record(time) } }
    return Percentiles(histogram)
  }

  /// Calls in bursts; after each the ring is empty again, and `measured` hears what its calls took, and
  /// whether the processor had its full speed before and after them.
  private func bursts<Sink: RecordSink & ~Copyable>(
    _ sink: inout Sink, measured: ([UInt64], Bool) throws -> Void
  ) throws {
    var template = LineTemplate(producer: 0, workload: workload, isWholeLine: false)
    var took: [UInt64] = []
    took.reserveCapacity(burst)
    var left = workload.warmup + calls
    while left > 0 {
      let wasFullSpeed = core.isFull
      let isMeasured = left <= calls
      for _ in 0..<min(burst, isMeasured ? left : left - calls) {
        let start = watch.read()
        try sink.put(template.bytes.span)
        took.append(watch.nanoseconds(from: start, to: watch.read()))
        template.nextSequence()
      }
      let isFullSpeed = wasFullSpeed && core.isFull
      _ = try sink.finish()
      if isMeasured { try measured(took, isFullSpeed) }
      left -= took.count
      took.removeAll(keepingCapacity: true)
      try Interruption.check()
    }
  }

  /// Sleeps a while, logs once, and looks at the length of the file until it grows. Between two looks it
  /// sleeps too: one that keeps a processor busy is not idle, and where the host gives this machine no more
  /// than that, the other processor wakes late.
  private func endToEnd(_ sink: inout LogdSink, _ path: String) throws -> LatencyResult.EndToEnd {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("open", path, .current) }
    defer { close(file) }
    let template = LineTemplate(producer: 1, workload: workload, isWholeLine: false)
    var (histogram, sleeps) = (Histogram(), Histogram())
    usleep(Self.calmMicroseconds)
    for _ in 0..<rounds {
      usleep(UInt32.random(in: 1_000...20_000))
      var start = clinux_monotonic_ns()
      usleep(2_000)
      sleeps.record(clinux_monotonic_ns() - start)
      let before = bytes(file)
      start = clinux_monotonic_ns()
      sink.put(template.bytes.span)
      while bytes(file) == before {
        usleep(Self.lookMicroseconds)
        if clinux_monotonic_ns() - start > 10_000_000_000 { throw Failure("no line in 10 s") }
      }
      histogram.record(clinux_monotonic_ns() - start)
      try Interruption.check()
    }
    return .init(line: Percentiles(histogram), sleep: Percentiles(sleeps))
  }

  private func bytes(_ file: Int32) -> Int {
    var status = stat()
    _ = unsafe fstat(file, &status)  // an open file: cannot fail
    return Int(status.st_size)
  }
}
