internal import CLinux
internal import LogdWire

extension ClientCore {
  /// Registered for children of fork(2), so that one that never logs leaves its parent's connection
  /// alone as well.
  static func adoptInChild(_ base: UnsafeMutableRawPointer?) {
    guard let base = unsafe base else { return }
    _ = unsafe ClientCore(block: Block(base: base)).adopt(clinux_thread_self())
  }

  /// In a child: lets go of everything that is the parent's and begins anew. Returns the generation
  /// to go on with; 0: a signal handler has interrupted just this.
  ///
  /// The page of the generation is zero in a child, however it was made. One thread changes it to
  /// its own number, does the work, and then to an odd number, the new generation.
  @inline(never)
  func adopt(_ me: UInt64) -> UInt64 {
    while true {
      let word = block.load(Block.generation)
      if word & 1 == 1 { return word }
      if word == me { return 0 }
      if word == 0, block.compareExchange(Block.generation, 0, me) {
        startOver()
        return block.load(Block.generation)
      }
      clinux_yield()
    }
  }

  private func startOver() {
    // First of all: what a handler that interrupts this gives up is the child's.
    block.store(0, at: Block.dropped)
    // Whatever thread held the lock, and whatever it was about to do: every mapping that it could
    // write to is found from one of these words, each of which was stored in one piece.
    makePrivate(Ring(word: block.load(Block.ring)))
    makePrivate(Ring(word: block.load(Block.incoming)))
    makePrivate(Ring(word: block.load(Block.retired)))
    block.showNoControl()
    block.link.disconnect()
    block.link.isFresh = true
    block.link.wasThere = false
    // Without memory for another ring the old one stays: it has no room, so records are counted.
    let staging = Ring.staging(dataBytes: block.link.options.ringBytes)
    if let staging { block.store(staging.word, at: Block.ring) }
    if block.link.phase == .closed { currentRing.shut() }
    resetWords()
    block.link.generation &+= 2
    block.store(block.link.generation, at: Block.generation)
  }

  func resetWords() {
    block.store(0, at: Block.lock)
    forgetClock()
    block.store(0, at: Block.nextCheck)
    block.store(0, at: Block.droppedPublished)
    block.store(0, at: Block.incoming)
    block.store(0, at: Block.retired)
    block.store(Block.neverRung, at: Block.rung)
  }

  private func makePrivate(_ first: Ring?) {
    var ring = first
    while let one = ring {
      ring = one.next
      one.makePrivate()
    }
  }
}
