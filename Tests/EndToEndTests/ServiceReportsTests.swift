internal import Glibc
internal import LogdPlatform
internal import TestSupport
internal import Testing

/// What a service manager hears of the daemon.
@Suite struct `Reports to the service manager` {
  private func withManager(
    watchdogMicroseconds: Int? = nil, _ body: (Place, TestDaemon, NotifySocket) throws -> Void
  ) throws {
    let place = try Place()
    let manager = try NotifySocket(path: place.file("notify.sock"))
    var environment = ["NOTIFY_SOCKET": manager.address]
    environment["WATCHDOG_USEC"] = watchdogMicroseconds.map(String.init)
    try manager.reading {
      try withDaemon(in: place, environment: environment) { daemon in
        #expect(manager.hears("READY=1"))
        try body(place, daemon, manager)
      }
    }
  }

  @Test func `it is ready once its sockets are kept, and says when it stops`() throws {
    try withManager { _, daemon, manager in
      #expect(manager.store.map(\.name).contains("own-control"))
      let ready = manager.messages.first { $0.hasPrefix("READY=1") }
      #expect(ready?.hasPrefix("READY=1\nSTATUS=running; 0 clients") == true)
      daemon.stop()
      #expect(manager.hears("STOPPING=1"))
      #expect(manager.values(of: "STATUS").last?.hasPrefix("draining: ") == true)
    }
  }

  @Test func `a reload begins and ends`() throws {
    try withManager { _, daemon, manager in
      let before = Clock.monotonicNanoseconds() / 1000
      daemon.process.send(SIGHUP)
      #expect(manager.hears("RELOADING=1"))
      let stamp = UInt64(manager.values(of: "MONOTONIC_USEC").last ?? "") ?? 0
      #expect(stamp >= before && stamp <= Clock.monotonicNanoseconds() / 1000)
      try daemon.wait("be ready again") {
        manager.take()
        return manager.count(of: "READY=1") == 2
      }
    }
  }

  @Test func `the watchdog hears of it twice in its interval, until it is stopped`() throws {
    try withManager(watchdogMicroseconds: 200_000) { place, daemon, manager in
      let worker = try Worker("worker", place.runtimeDirectory)
      let start = ContinuousClock.now
      while manager.count(of: "WATCHDOG=1") < 10 { manager.take() }
      #expect(ContinuousClock.now - start >= .milliseconds(800))
      worker.finish()
      let busy = manager.values(of: "STATUS").filter { $0.hasPrefix("running; 1 client, ") }
      #expect(busy.contains { $0.hasSuffix(" a second") && !$0.hasSuffix(", 0 a second") })
      daemon.process.pause()
      manager.take()
      let said = manager.messages.count
      #expect(!manager.hears("never", within: .milliseconds(500)))
      #expect(manager.messages.count <= said + 1)  // one that was on its way
      daemon.process.resume()
    }
  }

  @Test func `without a watchdog an idle daemon says nothing`() throws {
    try withManager { _, _, manager in
      // Of its start something may be on the way still.
      let isQuiet = (0..<5).contains { _ in
        let said = manager.messages.count
        return !manager.hears("never", within: .milliseconds(500)) && manager.messages.count == said
      }
      #expect(isQuiet)
    }
  }
}
