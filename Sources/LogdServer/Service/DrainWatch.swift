internal import Glibc
internal import LogdPlatform

/// Sees to it that stopping ends although the disk does not: on the I/O thread, once a second from
/// the signal on.
///
/// Nothing is harmed by the end: what is in the rings stays there for the next daemon, which also
/// finishes the batch that the ledger holds. A thread that sits in a write to a hung disk ends only
/// when the disk answers; until then the process is there, and holds the ledger's lock.
final class DrainWatch {
  private let loop: EventLoop
  private let report: WriterReport
  private let giveUp: (String) -> Never
  private var done: UInt64 = 0
  private var progressed = Clock.monotonicNanoseconds()

  /// So long not a byte is written, and no record handed over.
  private static let writeGraceNanoseconds: UInt64 = 5_000_000_000
  /// So long one sync takes.
  private static let syncGraceNanoseconds: UInt64 = 30_000_000_000
  private static let lookNanoseconds: UInt64 = 1_000_000_000

  init(_ loop: EventLoop, _ report: WriterReport, giveUp: @escaping (String) -> Never) {
    self.loop = loop
    self.report = report
    self.giveUp = giveUp
    done = Self.progress(report.snapshot.counters)
    look()
  }

  private func look() {
    let now = Clock.monotonicNanoseconds()
    let snapshot = report.snapshot
    let progress = Self.progress(snapshot.counters)
    if progress != done {
      done = progress
      progressed = now
    }
    let syncing = snapshot.syncingSince
    if syncing > 0 {
      if now > syncing &+ Self.syncGraceNanoseconds { giveUp("the disk has not synced for 30 s") }
    } else if now > progressed &+ Self.writeGraceNanoseconds {
      giveUp(snapshot.trouble(now)?.what ?? "nothing was written for 5 s")
    }
    loop.after(Self.lookNanoseconds) { [weak self] in self?.look() }
  }

  private static func progress(_ counters: Counters) -> UInt64 {
    counters.bytesWritten &+ counters.handedOff
  }
}
