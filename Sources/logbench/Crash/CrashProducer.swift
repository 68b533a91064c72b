internal import CLinux
internal import Glibc

/// The life of a producer that may be killed at any moment.
struct CrashProducer: ~Copyable {
  /// How it ends.
  enum Ending: String, CaseIterable {
    /// Waits until everything is in the file.
    case flush
    /// Closes its client, and does not wait long.
    case close
    /// Does nothing of the kind: what it had logged is to be written all the same.
    case exit
  }

  private let number: Int
  private let records: Int
  private let ending: Ending
  private let rate: Int
  private let parent = getppid()
  private let tally: Tally
  private var sink: LogdSink
  private var template: LineTemplate
  private var returned: UInt64 = 0
  private var longestNs: UInt64 = 0

  init(_ command: CrashProduce) throws {
    let workload = try Workload.ofSize(command.size)
    let sink = try LogdSink(
      runtimeDirectory: command.path, ClientOptions.standard(), workload)
    let tally = try Tally(path: command.tally, producers: BenchMessage.producersMax)
    number = command.number
    records = command.records == 0 ? .max : command.records
    ending = command.ending
    rate = command.rate
    self.sink = sink
    self.tally = tally
    template = LineTemplate(producer: number, workload: workload, isWholeLine: false)
  }

  mutating func run() {
    put(1)
    // What is in the file went through a ring; one that is not there yet is none of ours.
    tally[number, .attached] = sink.isFlushed(within: .milliseconds(500)) ? 1 : 0
    let start = clinux_monotonic_ns()
    while returned < records, !tally[.stop], getppid() == parent {
      if tally[.pause] {
        usleep(1000)
      } else {
        put(min(256, records - Int(returned)))
        waitUntilDue(start)
      }
    }
    end()
  }

  private mutating func put(_ count: Int) {
    var before = clinux_monotonic_ns()
    for _ in 0..<count {
      Self.log(template, &sink)
      template.nextSequence()
      returned += 1
      tally[number, .returned] = returned
      let now = clinux_monotonic_ns()
      longestNs = max(longestNs, now - before)
      before = now
    }
    tally[number, .longestNs] = longestNs
    tally[number, .dropped] = sink.dropped
  }

  private static func log(_ template: borrowing LineTemplate, _ sink: inout LogdSink) {
    sink.put(template.bytes.span)
  }

  private func waitUntilDue(_ start: UInt64) {
    guard rate > 0 else { return }
    let due = start + UInt64(Double(returned) * 1e9 / Double(rate))
    let now = clinux_monotonic_ns()
    if due > now { usleep(UInt32(min((due - now) / 1000, 900_000))) }
  }

  private func end() {
    switch ending {
    case .flush: tally[number, .undelivered] = UInt64(sink.close(within: .seconds(60)))
    case .close: tally[number, .undelivered] = UInt64(sink.close(within: .milliseconds(5)))
    case .exit: break
    }
    tally[number, .dropped] = sink.dropped
    tally[number, .done] = 1
    _exit(0)  // nothing closes the client
  }
}
