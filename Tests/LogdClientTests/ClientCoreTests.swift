import CLinux
import Testing

@testable import LogdClient

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
}
