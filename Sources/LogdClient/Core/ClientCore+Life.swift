internal import CLinux
internal import LogdWire

extension ClientCore {
  /// Makes a client, connects, and waits at most 100 ms for its ring. Nil only without memory.
  static func open(_ options: CoreOptions, undeliveredFile: RawSpan) -> ClientCore? {
    guard let block = Block.make() else { return nil }
    guard let staging = Ring.staging(dataBytes: options.ringBytes) else {
      block.unmap()
      return nil
    }
    block.initialize(Link(options: options), undeliveredFile: undeliveredFile)
    let core = ClientCore(block: block)
    core.resetWords()
    block.store(staging.word, at: Block.ring)
    block.showNoControl()
    block.store(block.link.generation, at: Block.generation)
    // Without a place in the table a child is noticed by its generation, at its first call.
    _ = unsafe clinux_at_fork_add({ unsafe ClientCore.adoptInChild($0) }, block.base)
    core.attachFirst()
    return core
  }

  private func attachFirst() {
    let me = clinux_thread_self()
    guard tryLock(me) else { return }  // nobody else knows of it yet
    connectAndWait(until: clinux_monotonic_ns() &+ Nanoseconds.grantWait)
    unlock(me)
  }

  /// Flushes for at most `nanoseconds`, closes the connection, and says or writes what no daemon has
  /// taken. Log calls after this are counted as dropped. Returns how many records are undelivered.
  func close(nanoseconds: UInt64) -> Int {
    var ticket = FlushTicket()
    // Waits for a daemon that was there and may come back, not for one that never was.
    ticket.givesUpEarly = true
    _ = flush(&ticket, nanoseconds: nanoseconds, durable: false)  // what remains is counted below
    let me = clinux_thread_self()
    let generation = block.load(Block.generation)
    // A thread that holds the lock for a second is one that will not give it back.
    let deadline = clinux_monotonic_ns() &+ 10 * Nanoseconds.checkInterval
    guard lock(me, generation: generation, until: deadline) == .taken else { return 0 }
    guard block.link.phase != .closed else {
      unlock(me)
      return 0
    }
    block.store(0, at: Block.nextCheck)
    maintainIfDue(clinux_monotonic_ns(), generation)
    publishDropped()
    ringBell(.always)
    let count = handOverUndelivered()
    block.link.disconnect()
    block.link.phase = .closed
    currentRing.shut()
    unlock(me)
    return count
  }

  /// Gives the memory back. Nobody may call anything afterwards.
  func release() {
    unsafe clinux_at_fork_remove(block.base)
    var ring = Ring(word: block.load(Block.ring))
    while let one = ring {
      ring = one.next
      one.unmap()
    }
    sweepRetired()
    block.unmap()
  }
}

extension Block {
  fileprivate func initialize(_ link: Link, undeliveredFile: RawSpan) {
    // SAFETY: the block is new, its pages are zero, and nobody else knows it.
    unsafe (base + Block.linkOffset).initializeMemory(as: Link.self, to: link)
    for index in 0..<min(Block.pathBytesMax, undeliveredFile.byteCount) {
      unsafe base.storeBytes(
        of: undeliveredFile.u8(at: index), toByteOffset: Block.path + index, as: UInt8.self)
    }
  }
}
