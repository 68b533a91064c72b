// What the service manager hears of the daemon, sd_notify(3).
//
//   READY=1        everything is recovered, restored and open
//   RELOADING=1    a reload begins; READY=1 when the last that has begun is done
//   STOPPING=1     a signal came
//   WATCHDOG=1     the I/O thread lives: twice in each interval that the manager waits
//   STATUS=…       with those that are due anyway, if it has changed
//
// Invariants
// 1. Nothing here waits. What does not go while the manager's queue is full is said again later, in
//    order; but not the sign of life, which is old by then.
// 2. Without a watchdog no timer is set: idle is free.
// 3. The sign of life depends on nothing but the I/O thread: a hung disk must not get us killed.

internal import LogdPlatform

/// Tells the service manager how it goes. On the I/O thread.
final class ServiceReports {
  private let manager: ServiceManager
  private let loop: EventLoop
  private let status: () -> String
  private var statusSaid = ""
  private var unsaid: [String] = []
  private var retryNanoseconds = retryNanosecondsMin
  private var reloadsGoing = 0
  private var isStopping = false

  private static let retryNanosecondsMin: UInt64 = 100_000_000
  private static let retryNanosecondsMax: UInt64 = 10_000_000_000

  /// `status`: a line for an administrator.
  init(_ manager: ServiceManager, _ loop: EventLoop, status: @escaping () -> String) {
    self.manager = manager
    self.loop = loop
    self.status = status
  }

  func ready() {
    announce("READY=1")
    if let interval = manager.watchdogNanoseconds { watch(every: interval / 2) }
  }

  func reloadBegins() {
    guard !isStopping else { return }
    reloadsGoing += 1
    announce("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonicNanoseconds() / 1000)")
  }

  func reloadEnds() {
    guard !isStopping else { return }
    reloadsGoing -= 1
    if reloadsGoing == 0 { announce("READY=1") }
  }

  func stopping() {
    isStopping = true
    announce("STOPPING=1")
  }

  /// The state is another one.
  func stateChanged() { announce("") }

  // MARK: how it goes there

  private func announce(_ text: String) {
    unsaid.append(text)
    if unsaid.count == 1 { sayUnsaid() }
  }

  private func sayUnsaid() {
    while let text = unsaid.first {
      guard say(text) else { return retry() }
      unsaid.removeFirst()
    }
    retryNanoseconds = Self.retryNanosecondsMin
  }

  private func retry() {
    loop.after(retryNanoseconds) { [weak self] in self?.sayUnsaid() }
    retryNanoseconds = min(retryNanoseconds * 2, Self.retryNanosecondsMax)
  }

  /// With the status, if it is another one than was said last.
  private func say(_ text: String) -> Bool {
    let status = status()
    var lines = text.isEmpty ? [] : [text]
    if status != statusSaid { lines.append("STATUS=\(status)") }
    guard !lines.isEmpty else { return true }
    guard manager.notify(lines.joined(separator: "\n")) else { return false }
    statusSaid = status
    return true
  }

  private func watch(every nanoseconds: UInt64) {
    _ = say("WATCHDOG=1")  // the next one comes in time
    loop.after(nanoseconds) { [weak self] in self?.watch(every: nanoseconds) }
  }
}
