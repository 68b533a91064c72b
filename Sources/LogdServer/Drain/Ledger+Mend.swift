internal import LogdPlatform
internal import LogdWire

// See ``Damage``. After it all else here may trust that tails, ids and counts can be calculated with, and
// that a batch that is pending has a place.
extension Ledger {
  func mend() -> [Damage] {
    [mendBatch(), mendCounters(), mendTable(), mendGranted(), mendSuspect()].compactMap { $0 }
  }

  private func mendBatch() -> Damage? {
    let mark = memory.load(At.mark)
    if mark == 0 || mark == 1 && isBatchSound { return nil }
    let isPending =
      isBatchSound
      && listed.contains { slot in
        memory.load(slot + At.slotTail) != memory.load(slot + At.slotTailWithBatch)
      }
    memory.store(At.mark, isPending ? 1 : 0)
    if isPending {
      return Damage(
        "the mark of its last batch",
        givenUp: "nothing: the file is compared with the batch")
    }
    return Damage(
      "what it says of its last batch",
      givenUp: "the batch: what of it is not in the file is read again where it came from, "
        + "and may be there twice")
  }

  private var isBatchSound: Bool {
    let length = memory.load(At.length)
    let place = place(Int(memory.load(At.place) & 1))
    let (offset, start) = (memory.load(place + 24), memory.load(place + 32))
    guard length <= UInt64(batchCapacity), start <= length, offset <= Damage.wordMax,
      memory.load(At.ringCount) <= UInt64(slotCount)
    else { return false }
    return length == 0 || lastByte(ofBatch: Int(length)) == UInt8(ascii: "\n")
  }

  private func lastByte(ofBatch length: Int) -> UInt8 {
    memory.withBytes(batchOffset + length - 1, 1) { $0.u8(at: 0) }
  }

  /// Where the slots are of the rings in the last batch.
  private var listed: [Int] {
    (0..<Int(memory.load(At.ringCount))).compactMap { index in
      let number = Int(memory.load32(listOffset + index * 4))
      return number < slotCount ? slot(number) : nil
    }
  }

  private func mendCounters() -> Damage? {
    let committed = load(At.counters)
    let withBatch = load(At.countersWithBatch)
    switch (committed.isPlausible, withBatch.isPlausible) {
    case (true, true): return nil
    case (true, false):
      store(committed, at: At.countersWithBatch)
      return Damage("its counts", givenUp: "the counts of the last batch")
    case (false, true):
      store(withBatch, at: At.counters)
      return Damage("its counts", givenUp: "nothing: they are in there twice")
    case (false, false):
      store(Counters(), at: At.counters)
      store(Counters(), at: At.countersWithBatch)
      return Damage("its counts", givenUp: "the counts: they begin at zero")
    }
  }

  private func mendTable() -> Damage? {
    var rings = Set<UInt64>(minimumCapacity: slotCount)
    var count = 0
    for index in 0..<slotCount {
      let at = slot(index)
      let id = memory.load(at)
      if id == 0 { continue }
      let isSound =
        Damage.isID(id) && Damage.isPosition(memory.load(at + At.slotTail))
        && Damage.isPosition(memory.load(at + At.slotTailWithBatch))
        && memory.load(at + At.slotHasEnded) <= 1 && rings.insert(id).inserted
      if isSound { continue }
      memory.store(at, 0)
      count += 1
    }
    if count == 0 { return nil }
    return Damage(
      "what it says of \(count) rings",
      givenUp: "how far they were drained: their own word is taken, and a batch of them may be in "
        + "the file twice")
  }

  private func mendGranted() -> Damage? {
    guard
      memory.load(At.recordBytesGranted) > UInt64(FrameLimits.most.recordBytes)
        || memory.load(At.fieldsGranted) > UInt64(FrameLimits.most.fields)
    else { return nil }
    granted = FrameLimits(recordBytes: 0, fields: 0)
    return Damage(
      "what its rings were granted",
      givenUp: "clients of an earlier daemon with larger limits than these: they connect anew")
  }

  private func mendSuspect() -> Damage? {
    guard memory.load(At.suspect + 16) > Damage.wordMax else { return nil }
    for offset in [0, 8, 16] { memory.store(At.suspect + offset, 0) }
    return Damage("under which ring logd has died", givenUp: "the suspicion")
  }
}

extension Counters {
  /// What the producers say they gave up may be any number.
  fileprivate var isPlausible: Bool {
    let all = [received, written, dropped, handedOff, bytesWritten, batches, late]
    return all.allSatisfy { $0 <= Damage.wordMax } && received == written + dropped + handedOff
  }
}
