import LogdPlatform
import Synchronization
import Testing

@testable import LogdServer

@Suite struct `The file of the writer` {
  /// To be woken costs the I/O thread, and a processor that both share, more than the write.
  @Test func `who looks after the disk is called when nobody does, and once a second at most`()
    throws
  {
    let parts = try KilledDaemon().restart { _ in }
    let report = parts.writer.report
    var sink = FileSink(parts.file, report)
    let calls = Atomic<Int>(0)
    sink.attend = { calls.add(1, ordering: .relaxed) }
    let second = FileSink.attendNanoseconds
    report.isWatched = true
    sink.isBusy(5 * second)
    #expect(calls.load(ordering: .relaxed) == 0)
    report.isWatched = false
    for _ in 0..<2 { sink.isBusy(5 * second) }
    #expect(calls.load(ordering: .relaxed) == 1)
    sink.isBusy(6 * second)
    #expect(calls.load(ordering: .relaxed) == 2)
  }
}
