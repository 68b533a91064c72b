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
  private static let isOver = Atomic(false)

  static func logInHandler(_ client: LogClient, signals: Int) {
    prepare(client)
    cstress_on_signal(10) { _ in HandlerStress.logInterrupting() }
    sendSignals(signals)
    let sent = logUntilOver()
    precondition(client.close(timeout: .seconds(30)) == 0)
    print(sent)
    print(handled.load(ordering: .relaxed))
    print(client.dropped)
  }

  /// Every second child logs in the handler and ends there; the others return from it into the call
  /// that it interrupted, which is the parent's, and log afterwards: half of those in the handler too.
  static func forkInHandler(_ client: LogClient, signals: Int) {
    prepare(client)
    cstress_on_signal(10) { _ in HandlerStress.forkInterrupting() }
    sendSignals(signals)
    let sent = logUntilOver()
    for _ in 0..<signals { precondition(cstress_wait(-1) == 0, "a child failed") }
    precondition(client.close(timeout: .seconds(30)) == 0)
    print(sent)
    print(client.dropped)
  }

  private static func logInterrupting() {
    unsafe client?.notice("handler", [.int("n", handled.load(ordering: .relaxed))])
    handled.add(1, ordering: .relaxed)
  }

  private static func forkInterrupting() {
    let number = handled.add(1, ordering: .relaxed).oldValue
    guard clinux_raw_fork() == 0 else { return }
    if number % 4 != 3 { logAsChild(number) }
    if number % 2 == 0 { cstress_exit(0) }
    childKind.store(number + 1, ordering: .relaxed)
  }

  private static func prepare(_ client: LogClient) {
    unsafe HandlerStress.client = client
    handled.store(0, ordering: .relaxed)
    childKind.store(0, ordering: .relaxed)
    isOver.store(false, ordering: .relaxed)
  }

  private static func logAsChild(_ number: Int) {
    unsafe client?.info("child", [.int("number", number), .int("pid", Int(clinux_getpid()))])
  }

  private static func logUntilOver() -> Int {
    var count = 0
    while !isOver.load(ordering: .relaxed) {
      unsafe client?.info("main", [.int("n", count)])
      let kind = childKind.load(ordering: .relaxed)
      if kind > 0 {
        logAsChild(kind - 1)
        cstress_exit(0)
      }
      count += 1
    }
    return count
  }

  /// From a second thread, each when the one before has been handled.
  private static func sendSignals(_ count: Int) {
    let target = cstress_thread()
    startThread {
      for number in 0..<count {
        for _ in 0..<(number % 97) { clinux_pause() }
        _ = cstress_signal_thread(target, 10)  // the thread lives as long as the process
        while handled.load(ordering: .relaxed) <= number { clinux_yield() }
      }
      isOver.store(true, ordering: .relaxed)
    }
  }
}
