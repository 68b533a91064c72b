import CAllocations
import CLinux
import LogdClient
import Synchronization

/// Eight threads log while the first one forks; each child logs three records and is gone.
final class ForkStress: Sendable {
  private let client: LogClient
  private let isOver = Atomic(false)
  private let running = Atomic(0)
  private let counts = Mutex([Int](repeating: 0, count: 8))

  init(client: LogClient) { self.client = client }

  func run(forks: Int, raw: Bool) {
    for number in 0..<8 { start(number) }
    for number in 0..<forks {
      let pid = raw ? clinux_raw_fork() : cstress_fork()
      if pid == 0 { logAsChild(number) }
      precondition(pid > 0 && cstress_wait(pid) == 0, "child \(number) of \(forks) failed")
    }
    isOver.store(true, ordering: .relaxed)
    while running.load(ordering: .acquiring) > 0 { clinux_yield() }
    precondition(client.close(timeout: .seconds(30)) == 0 && client.dropped == 0)
    for count in counts.withLock({ $0 }) { print(count) }
  }

  /// Without allocation: a raw clone leaves malloc as another thread held it.
  private func logAsChild(_ number: Int) -> Never {
    for part in 0..<3 {
      client.info(
        "child", [.int("number", number), .int("part", part), .int("pid", Int(clinux_getpid()))])
    }
    // A child that ends before its ring has come loses what it staged; the wait for it is bounded.
    do { try client.flush(timeout: .seconds(20)) } catch { cstress_exit(4) }
    cstress_exit(client.dropped == 0 ? 0 : 3)
    fatalError("exited")
  }

  private func start(_ number: Int) {
    running.add(1, ordering: .relaxed)
    startThread {
      var count = 0
      while !self.isOver.load(ordering: .relaxed) {
        self.client.info("parent", [.int("thread", number), .int("n", count)])
        count += 1
        // In bursts, so that the test's daemon keeps up.
        if count % 16 == 0 { _ = clinux_poll(-1, 0, 1) }
      }
      self.counts.withLock { $0[number] = count }
      self.running.subtract(1, ordering: .releasing)
    }
  }
}

private final class Body: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
  // SAFETY: the thread takes the reference over.
  let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
  let result = unsafe clinux_thread(
    "stress", 1 << 20, { unsafe Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run() },
    context, nil)
  precondition(result == 0, "no thread")
}
