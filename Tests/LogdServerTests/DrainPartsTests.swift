import LogdWire
import TestSupport
import Testing

@testable import LogdServer

@Suite struct `Merge heap` {
  @Test(arguments: [1, 2, 0x5eed] as [UInt64])
  func `the oldest is always on top, and the second is known`(seed: UInt64) {
    var random = Seeded(seed: seed)
    var heap = MergeHeap()
    var model: [UInt64] = []
    for _ in 0..<5000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let key = UInt64.random(in: 0..<100, using: &random)
        heap.insert(MergeHeap.Entry(key: key, ring: 0))
        model.append(key)
      case 2 where !model.isEmpty:
        heap.removeTop()
        model.removeFirst()
      case 3 where !model.isEmpty:
        let key = model[0] + UInt64.random(in: 0..<50, using: &random)
        heap.replaceTop(key: key)
        model[0] = key
      default: break
      }
      model.sort()
      #expect(heap.top?.key == model.first)
      #expect(heap.secondKey == (model.count > 1 ? model[1] : .max))
    }
  }
}

@Suite struct `Memory for rings` {
  private static func memory(total: Int, user: Int) -> RingMemory {
    var configuration = Configuration()
    configuration.ring.totalBytesMax = total
    configuration.ring.userBytesMax = user
    return RingMemory(configuration)
  }

  @Test func `a wish is rounded up to a power of two, within the bounds`() {
    var memory = Self.memory(total: 1 << 30, user: 1 << 30)
    #expect(memory.reserve(wished: 0, uid: 1) == 1 << 20)
    #expect(memory.reserve(wished: 1, uid: 1) == 128 << 10)
    #expect(memory.reserve(wished: (1 << 20) + 1, uid: 1) == 2 << 20)
    #expect(memory.reserve(wished: .max, uid: 1) == 16 << 20)
  }

  @Test func `when memory is short smaller rings are granted, then none`() {
    var memory = Self.memory(total: 1 << 30, user: 4 << 20)
    var sizes: [Int] = []
    while let size = memory.reserve(wished: 0, uid: 1) { sizes.append(size) }
    #expect(sizes == sizes.sorted(by: >))
    #expect(sizes.first == 1 << 20 && sizes.last == 128 << 10)
    #expect(sizes.reduce(0, +) == 4 << 20)
    #expect(memory.reserve(wished: 0, uid: 2) == 1 << 20, "another user has his own share")
    for size in sizes { memory.release(size, uid: 1) }
    #expect(memory.reserve(wished: 0, uid: 1) == 1 << 20)
  }
}

@Suite struct `Ended rings` {
  @Test func `the last ones are remembered, the oldest forgotten`() {
    var ended = EndedRings()
    for ring in 1...5000 as ClosedRange<UInt64> {
      ended.add(ring, RingEnd(tail: ring * 8, droppedTaken: ring))
    }
    #expect(ended.end(of: 5000) == RingEnd(tail: 40_000, droppedTaken: 5000))
    #expect(ended.end(of: 905).tail == 7240)
    #expect(ended.end(of: 904) == .unknown)
  }
}

@Suite struct `Civil date` {
  @Test(
    arguments: [
      (0, 1970, 1, 1), (59, 1970, 3, 1), (11_016, 2000, 2, 29), (20_778, 2026, 11, 21),
      (2_932_896, 9999, 12, 31),
    ] as [(Int64, Int, Int, Int)])
  func `days are those of the calendar`(day: Int64, year: Int, month: Int, dayOfMonth: Int) {
    let date = CivilDate(day: day)
    #expect(date.year == year && date.month == month && date.day == dayOfMonth)
  }
}
