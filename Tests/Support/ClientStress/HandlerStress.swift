import CAllocations
import CLinux
import LogdClient
import Synchronization

/// A signal handler that logs, or forks, at any instruction of a thread that logs all the time.
enum HandlerStress {
  // For the handler, which has no context. All are touched before the first signal.
  nonisolated(unsafe) private static var client: LogClient?
  private static let handled = Atomic(0)
  /// Not 0 in a child: what kind it is.
  private static let childKind = Atomic(0)
  private static let limit = Atomic(0)

  static func logInHandler(_ client: LogClient, signals: Int) {
    prepare(client, signals)
    cstress_on_signal(10) { _ in HandlerStress.logInterrupting() }
    let sent = logUntilOver(every: 30_000)
    precondition(client.close(timeout: .seconds(30)) == 0)
    print(sent)
    print(handled.load(ordering: .relaxed))
    print(client.dropped)
  }

  /// Every second child logs in the handler and ends there; the others return from it into the call
  /// that it interrupted, which is the parent's, and log afterwards: half of those in the handler too.
  static func forkInHandler(_ client: LogClient, signals: Int) {
    prepare(client, signals)
    cstress_on_signal(10) { _ in HandlerStress.forkInterrupting() }
    let sent = logUntilOver(every: 1_000_000)
    for _ in 0..<signals { precondition(cstress_wait(-1) == 0, "a child failed") }
    precondition(client.close(timeout: .seconds(30)) == 0)
    print(sent)
    print(client.dropped)
  }

  private static func logInterrupting() {
    guard handled.load(ordering: .relaxed) < limit.load(ordering: .relaxed) else { return }
    unsafe client?.notice("handler", [.int("n", handled.load(ordering: .relaxed))])
    handled.add(1, ordering: .relaxed)
  }

  private static func forkInterrupting() {
    guard handled.load(ordering: .relaxed) < limit.load(ordering: .relaxed) else { return }
    let number = handled.add(1, ordering: .relaxed).oldValue
    guard clinux_raw_fork() == 0 else { return }
    if number % 4 != 3 { logAsChild(number) }
    if number % 2 == 0 { endChild() }
    childKind.store(number + 1, ordering: .relaxed)
  }

  private static func prepare(_ client: LogClient, _ signals: Int) {
    unsafe HandlerStress.client = client
    handled.store(0, ordering: .relaxed)
    childKind.store(0, ordering: .relaxed)
    limit.store(signals, ordering: .relaxed)
    // Unoptimized code makes the metadata of each number of fields at its first use, under a lock.
    client.debug("warm", [.int("n", 0)])
    client.debug("warm", [.int("n", 0), .int("m", 0)])
  }

  private static func logAsChild(_ number: Int) {
    unsafe client?.info("child", [.int("number", number), .int("pid", Int(clinux_getpid()))])
  }

  /// A child that ends before its ring has come loses what it staged.
  private static func endChild() {
    do { unsafe try client?.flush(timeout: .seconds(20)) } catch { cstress_exit(4) }
    cstress_exit(0)
  }

  private static func logUntilOver(every nanoseconds: UInt64) -> Int {
    var count = 0
    precondition(cstress_timer(10, nanoseconds) == 0)
    defer { precondition(cstress_timer(10, 0) == 0) }
    while handled.load(ordering: .relaxed) < limit.load(ordering: .relaxed) {
      unsafe client?.info("main", [.int("n", count)])
      // So that the ring is not full, and a signal often finds a log call that is under way.
      for _ in 0..<100 { clinux_pause() }
      let kind = childKind.load(ordering: .relaxed)
      if kind > 0 {
        logAsChild(kind - 1)
        endChild()
      }
      count += 1
    }
    return count
  }
}
