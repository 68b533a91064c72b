import CLinux
import Dispatch
import Foundation
import Testing

@testable import LogdClient
@testable import LogdWire

/// States of the core that only another process or the instant between two instructions makes.
@Suite(.timeLimit(.minutes(2))) struct `The client core` {
  let daemon = TestDaemon()

  private func client(_ change: (inout LogClientOptions) -> Void = { _ in }) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = daemon.directory
    change(&options)
    return LogClient(ident: "worker", options: options)
  }

  /// As a handler finds it: this thread changes the generation, and the lock is held by a thread
  /// that only the parent has.
  @Test(arguments: [true, false])
  func `a handler that interrupts a child's new beginning does not wait, and is counted`(
    isLocked: Bool
  ) throws {
    let client = client { $0.overflow = .block(upTo: .seconds(5)) }
    let block = client.core.block
    let generation = block.load(Block.generation)
    let me = clinux_thread_self()
    block.store(me, at: Block.generation)
    if isLocked { block.store(me + 8, at: Block.lock) }
    let time = ContinuousClock().measure { client.info("from the handler") }
    #expect(time < .seconds(2))
    #expect(client.dropped == 1)
    #expect(block.load(Block.droppedPublished) == 0, "the ring is still the parent's")
    block.store(0, at: Block.lock)
    block.store(generation, at: Block.generation)
    client.info("afterwards")
    try client.flush()
    #expect(daemon.wait { $0.drops == 1 })
    #expect(daemon.messages == ["afterwards"])
  }

  /// The daemon goes by it: where nobody is making a record, none can come that is older than another.
  @Test(arguments: ["written", "dropped", "waited for"])
  func `says that a record is being made, from before its time is taken`(ending: String) throws {
    let client = client { $0.overflow = .drop }
    let core = client.core
    let isCalling = {
      unsafe clinux_load_acquire_u64(core.currentRing.header + Layout.Header.calling) != 0
    }
    client.info("attached")
    #expect(!isCalling())
    let before = clinux_monotonic_ns()
    let entry = try #require(core.begin(6, bytes: 200))
    #expect(isCalling() && entry.stamp >= before)
    var frame = entry.frame
    unsafe frame.message(UnsafeRawBufferPointer(start: nil, count: 0), fieldBytes: 0)
    core.commit(entry, frame, 6)
    #expect(!isCalling())
    if ending == "dropped" {
      daemon.change { $0.isPaused = true }
      while client.dropped == 0 { client.info("fills the ring") }
      #expect(!isCalling())
      daemon.change { $0.isPaused = false }
    }
    if ending == "waited for" {
      // Another thread has the lock: the time is taken once it is ours.
      let other = clinux_thread_self() + 8
      core.block.store(other, at: Block.lock)
      let release = clinux_monotonic_ns() + 5_000_000
      let hasReleased = DispatchSemaphore(value: 0)
      Thread {
        while clinux_monotonic_ns() < release {}
        core.unlock(other)
        hasReleased.signal()
      }.start()
      let entry = core.begin(6, bytes: 200)
      hasReleased.wait()
      let later = try #require(entry)
      #expect(isCalling() && later.stamp >= release)
      core.publish(0, 6, later.stamp, later.generation)
      #expect(!isCalling())
    }
  }

  @Test func `all who wait hear of a failed sync, and later ones until there is something newer`()
    throws
  {
    let client = client()
    daemon.change {
      $0.isPaused = true
      $0.failSync = true
    }
    client.info("in doubt")
    var tickets = InlineArray<3, FlushTicket>(repeating: FlushTicket())
    for index in tickets.indices {
      let before = client.core.flush(&tickets[index], nanoseconds: 0, durable: true)
      #expect(before == .timedOut(remaining: 1))
    }
    daemon.change { $0.isPaused = false }
    try client.flush()
    daemon.change { $0.failSync = false }
    for _ in 0..<3 {
      #expect(throws: FlushError.syncFailed) { try client.flush(durable: true) }
    }
    client.info("newer")
    try client.flush(durable: true)
    for index in tickets.indices {
      let after = client.core.flush(&tickets[index], nanoseconds: 1_000_000_000, durable: true)
      #expect(after == .syncFailed)
    }
    try client.flush(durable: true)
  }

  /// The daemon counts on it: it sleeps longer than a burst takes to fill the ring.
  @Test(arguments: 0..<5)
  func `a ring that fills rings a daemon that lingers, long before it is full`(eighths: Int) throws
  {
    let daemon = TestDaemon(ringBytes: 64 << 10)
    var options = LogClientOptions()
    options.runtimeDirectory = daemon.directory
    options.ringBytes = 64 << 10
    options.overflow = .drop
    let client = LogClient(ident: "worker", options: options)
    // 128 bytes each in the ring.
    let text = String(repeating: "x", count: 104)
    for _ in 0..<eighths {
      for _ in 0..<64 { client.info(text) }
      try client.flush()
    }
    daemon.change { ($0.lingers, $0.isPaused) = (true, true) }
    #expect(daemon.wait { $0.isQuiet })
    let before = daemon.state.withLock { $0.bells.count }
    for _ in 0..<120 { client.info(text) }
    #expect(!daemon.wait(seconds: 0.01) { $0.bells.count > before })
    for _ in 120..<385 { client.info(text) }
    #expect(daemon.wait { $0.bells.count > before })
    #expect(client.dropped == 0)
  }

  @Test func `a sleeping daemon is told once, and that it is urgent once it is`() throws {
    let client = client { _ in }
    client.info("attached")
    try client.flush()
    daemon.change { $0.isPaused = true }
    #expect(daemon.wait { $0.isQuiet })
    daemon.change { $0.bells = [] }
    let start = clinux_monotonic_ns()
    for severity in [.info, .debug, .error, .critical, .info] as [Severity] {
      client.log(severity, "\(severity)")
    }
    #expect(daemon.wait { $0.bells.count >= 2 })
    let bells = daemon.state.withLock { $0.bells }
    #expect(bells.count == 2)
    let stamp = try #require(bells[0].stamp)
    #expect(stamp >= start - 1_000_000 && stamp <= clinux_monotonic_ns())
    #expect(bells[1].stamp == nil)
  }

  /// A machine that is busy may grant later than a call waits, so there is more than one try.
  @Test(arguments: [true, false])
  func `a record that finds the daemon gone goes to the next one without another call`(
    isDue: Bool
  ) throws {
    let client = client { $0.overflow = .block }
    var latest = daemon
    let isWritten = (0..<10).contains { number in
      latest.kill()
      latest = TestDaemon(directory: daemon.directory)
      // The one that is gone was asleep: if the call is not due, its bell finds out.
      client.core.block.store(isDue ? 0 : .max, at: Block.nextCheck)
      client.info("\(number)")
      return latest.wait(seconds: 1) { $0.records.last?.message == "\(number)" }
    }
    #expect(isWritten)
  }

  /// From the third ring on a new one lies where the last but one lay.
  @Test func `a flush in slices ends although its ring was replaced more than once`() throws {
    let client = client()
    var latest = daemon
    for _ in 0..<3 { latest = try replace(latest, of: client) }
    latest.change { $0.isPaused = true }
    for number in 0..<1000 { client.info("\(number)") }
    var ticket = FlushTicket()
    let before = client.core.flush(&ticket, nanoseconds: 0, durable: false)
    #expect(before == .timedOut(remaining: 1000))
    let place = client.core.currentRing.word
    for _ in 0..<20 {
      latest = try replace(latest, of: client)
      if client.core.currentRing.word == place { break }
    }
    #expect(client.core.flush(&ticket, nanoseconds: 10_000_000_000, durable: false) == .done)
  }

  /// The next daemon, which holds that the one before it has written everything, and has given the
  /// client a ring.
  private func replace(_ daemon: TestDaemon, of client: LogClient) throws -> TestDaemon {
    daemon.kill()
    let old = client.core.currentRing
    let (name, head) = (old.identifier, old.head)
    let next = TestDaemon(directory: daemon.directory)
    next.change { $0.resume[name] = head }
    let deadline = ContinuousClock.now + .seconds(20)
    while client.core.currentRing.identifier == name {
      try #require(ContinuousClock.now < deadline, "no ring of the next daemon")
      client.core.block.store(0, at: Block.nextCheck)
      client.info("again")
    }
    try client.flush()
    return next
  }
}
