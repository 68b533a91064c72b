internal import CLinux
internal import Glibc
internal import LogdControl
internal import LogdPlatform
internal import Synchronization

/// Says once a second how the daemon is, on a thread of its own: it asks as any program can.
final class LiveStatus: Sendable {
  private let runtimeDirectory: String
  private let full: @Sendable () throws -> Void
  private let word = WakeWord()
  private let isStopping = Atomic<Bool>(false)
  private let thread = Mutex<PlatformThread?>(nil)

  /// - Parameter full: shows everything there is to be shown.
  init(_ runtimeDirectory: String, full: @escaping @Sendable () throws -> Void) {
    self.runtimeDirectory = runtimeDirectory
    self.full = full
  }

  /// - Parameter fullAfter: after so many lines everything is shown once.
  func start(fullAfter: Int) {
    thread.withLock {
      // Without the thread nothing is shown, and nothing else is the worse for it.
      $0 = try? PlatformThread("status") { [unowned self] in run(fullAfter: fullAfter) }
    }
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    word.wake()
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
  }

  private func run(fullAfter: Int) {
    var lines = 0
    var before: StatusSnapshot?
    do {
      while waitOneSecond() {
        before = try show(since: before)
        lines += 1
        if lines == fullAfter { try full() }
      }
    } catch {
      StandardError.print("no status: \(error)")
    }
  }

  /// Whether there is a next time.
  private func waitOneSecond() -> Bool {
    let ticket = word.ticket
    let end = clinux_monotonic_ns() + 1_000_000_000
    while !isStopping.load(ordering: .acquiring) {
      let now = clinux_monotonic_ns()
      if now >= end { return true }
      word.wait(ticket, nanoseconds: end - now)
    }
    return false
  }

  private func show(since before: StatusSnapshot?) throws -> StatusSnapshot {
    let asked = clinux_monotonic_ns()
    let control = try ControlClient(runtimeDirectory: runtimeDirectory)
    let status = try control.status()
    let answered = clinux_monotonic_ns()
    let seconds = status.uptimeSeconds - (before?.uptimeSeconds ?? 0)
    let records = status.recordsWritten - (before?.recordsWritten ?? 0)
    let dropped = status.recordsDropped + status.producerDropped
    print(
      "\(status.state)  \(status.clients.count) clients  \(status.recordsWritten) written  "
        + "\(Int(Double(records) / seconds)) records/s  \(dropped) dropped  "
        + "\(status.rings.bytesUsed >> 10) KiB in rings  "
        + "(answered in \(Percentiles.duration(answered - asked)))")
    fflush(nil)
    return status
  }
}
