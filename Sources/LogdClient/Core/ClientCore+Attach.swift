internal import CLinux
internal import LogdWire

extension ClientCore {
  /// Makes the granted ring the current one and moves there what the daemon has not taken from its
  /// predecessor. The lock is held. False: it could not be mapped, or is not what the grant says.
  func attach(_ grant: Grant, data: Int32, control: Int32) -> Bool {
    guard let ring = Ring.reserve(dataBytes: grant.dataBytes) else { return false }
    // From here on a forked child finds it, and makes it private.
    block.store(ring.word, at: Block.incoming)
    guard ring.attach(data: data, control: control, grant: grant),
      block.showControl(control, at: grant.controlOffset)
    else {
      block.store(0, at: Block.incoming)
      ring.unmap()
      return false
    }
    replaceRing(by: ring, grant)
    block.link.phase = .attached
    block.link.wasThere = true
    block.link.suspect = ring.suspect
    block.store(Block.neverRung, at: Block.rung)
    _ = settledRing()
    return true
  }

  private func replaceRing(by ring: Ring, _ grant: Grant) {
    let old = currentRing
    let dropped = block.load(Block.dropped)
    old.publishDropped(dropped)
    let isKnown = grant.resume != Layout.unknownRing
    let taken = isKnown ? grant.droppedTaken : old.droppedTaken
    ring.startDropped(dropped, carried: old.dropped > taken ? old.dropped - taken : 0)
    block.store(dropped, at: Block.droppedPublished)
    if !old.isStaging {
      // What the daemon says is never behind what its predecessor had published.
      let isPlausible = isKnown && grant.resume >= old.tail && grant.resume <= old.head
      old.cursor = isPlausible ? grant.resume : old.tail
    }
    // Its own records come first: they are older than those that had still to be moved to it.
    ring.setNext(old)
    block.store(ring.word, at: Block.ring)
    block.store(0, at: Block.incoming)
    old.wakeAll()
  }

  /// Unmaps rings that are empty, or keeps those that a waiting thread still looks at.
  func retire(_ emptied: Ring?) {
    var ring = emptied
    while let one = ring {
      ring = one.next
      one.setNext(Ring(word: block.load(Block.retired)))
      block.store(one.word, at: Block.retired)
    }
    sweepRetired()
  }

  func sweepRetired() {
    var kept: Ring?
    var ring = Ring(word: block.load(Block.retired))
    block.store(0, at: Block.retired)
    while let one = ring {
      ring = one.next
      if one.isPinned {
        one.setNext(kept)
        kept = one
      } else {
        one.unmap()
      }
    }
    block.store(kept?.word ?? 0, at: Block.retired)
  }
}
