internal import Glibc
internal import LogdPlatform
internal import LogdWire

// See ``Damage``. After it all else here may trust that the head is a position, and that what is in a
// place is inside it.
extension IntakeFile {
  /// `ring`: the id to be had where that of the ring is lost.
  func mend(ring: UInt64) -> [Damage] {
    [mendHead(), mendRing(ring), mendTotals(), mendPlaces()].compactMap { $0 }
  }

  /// Where the writer may go on: at most a ring behind the head.
  func isTail(_ position: UInt64) -> Bool {
    Damage.isPosition(position) && position <= head
      && head - position <= UInt64(geometry.dataBytes)
  }

  private func mendHead() -> Damage? {
    if turns > Damage.wordMax {
      turns = 2 + turns & 1
      memory.store(At.turns, turns)
    }
    if Damage.isPosition(head) { return nil }
    head = Damage.isPosition(tail) ? tail : 0
    memory.store(At.turn + Int(turns & 1) * At.turnBytes, head)
    publishHead()
    return Damage(
      "the head of its ring", givenUp: "what text clients had sent and no file has")
  }

  private func mendRing(_ ring: UInt64) -> Damage? {
    if Damage.isID(ringID) { return nil }
    let other = memory.load(geometry.controlOffset + Layout.Control.ring)
    memory.store(At.ring, Damage.isID(other) ? other : ring)
    return Damage(
      "the id of its ring",
      givenUp: Damage.isID(other)
        ? "nothing: it is in there twice"
        : "how far it was drained: a batch of it may be in the file twice")
  }

  private func mendTotals() -> Damage? {
    let all = [totals.malformed, totals.cut, totals.suppressed]
    if all.allSatisfy({ $0 <= Damage.wordMax }) { return nil }
    totals = Totals()
    return Damage("its counts", givenUp: "the counts: they begin at zero")
  }

  private func mendPlaces() -> Damage? {
    var count = 0
    for (place, _) in placesInUse where !isSound(place) {
      free(place)
      count += 1
    }
    if count == 0 { return nil }
    return Damage(
      "the places of \(count) connections",
      givenUp: "these connections, and what lies in the places")
  }

  private func isSound(_ place: Place) -> Bool {
    let at = headOffset(place.index)
    let (received, consumed) = (received(place), consumed(place))
    let taken = memory.load(at + Head.taken)
    guard Damage.isID(place.client), received <= Damage.wordMax, consumed <= received,
      received - consumed <= UInt64(geometry.placeBytes), taken <= received,
      memory.load32(at + Head.pid) <= UInt32(Int32.max)
    else { return false }
    // What was looked at is in one piece.
    let end = Int((received &- 1) & UInt64(geometry.placeBytes - 1)) + 1
    guard received - taken <= UInt64(end) else { return false }
    return allocate(place.index) == 0
  }
}
