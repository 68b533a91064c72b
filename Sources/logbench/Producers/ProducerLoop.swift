internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The life of a producer process: warm-up, gate, the measured loop, flush, report.
struct ProducerLoop<Sink: RecordSink & ~Copyable>: ~Copyable {
  private let number: Int
  private let workload: Workload
  private var sink: Sink
  private var template: LineTemplate
  private var sequence: UInt64 = 0
  /// Of a paced producer.
  private var calls = Histogram()
  private var droppedInWarmup: UInt64 = 0

  init(number: Int, workload: Workload, sink: consuming Sink) {
    self.number = number
    self.workload = workload
    self.sink = sink
    template = LineTemplate(
      producer: number, workload: workload, isWholeLine: Sink.needsLines)
  }

  mutating func run() throws {
    try put(workload.warmup)
    droppedInWarmup = try sink.finish().dropped
    try Station.say("ready \(number)\n")
    Station.waitAtGate()
    let before = ProcessUsage.own
    if workload.rate > 0 { try putPaced() } else { try put(workload.records) }
    let end = try sink.finish()
    try Station.say(report(end, ProcessUsage.own - before).message)
  }

  private func report(_ end: SinkEnd, _ used: ProcessUsage) -> ProducerReport {
    var report = ProducerReport()
    report.number = UInt64(number)
    report.attempted = sequence
    report.dropped = end.dropped
    report.unflushed = end.unflushed
    report.endNs = clinux_monotonic_ns()
    report.userNs = UInt64(used.userNs)
    report.systemNs = UInt64(used.systemNs)
    report.longestNs = calls.max
    report.callP99Ns = calls.value(at: 0.99)
    report.droppedInWarmup = droppedInWarmup
    return report
  }

  private mutating func put(_ count: Int) throws {
    try Self.put(count, stamped: workload.stamp, &template, &sink)
    sequence += UInt64(count)
  }

  /// The loop that is measured.
  private static func put(
    _ count: Int, stamped: Bool, _ template: inout LineTemplate, _ sink: inout Sink
  ) throws {
    for _ in 0..<count {
      if stamped { template.setStamp(clinux_monotonic_ns()) }
      try sink.put(template.bytes.span)
      template.nextSequence()
    }
  }

  /// A burst of calls whenever its time has come; sleeps when that is some way off.
  private mutating func putPaced() throws {
    let start = clinux_monotonic_ns()
    for index in 0..<workload.records {
      if index % workload.burst > 0 {
        try putMeasured()
        continue
      }
      let due = start + UInt64(Double(index) * 1e9 / Double(workload.rate))
      var now = clinux_monotonic_ns()
      while now < due {
        if due - now > 100_000 { usleep(UInt32((due - now - 50_000) / 1000)) }
        now = clinux_monotonic_ns()
      }
      try putMeasured()
    }
  }

  private mutating func putMeasured() throws {
    let start = clinux_monotonic_ns()
    try put(1)
    calls.record(clinux_monotonic_ns() - start)
  }
}
