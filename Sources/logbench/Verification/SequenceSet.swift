/// Which records of one producer have been seen: a bit for each.
struct SequenceSet: Sendable {
  private var words: [UInt64] = []
  private(set) var count = 0
  /// One more than the greatest that was seen.
  private(set) var end = 0

  /// How many of the first `limit` have been seen.
  func count(below limit: Int) -> Int {
    var count = 0
    for (index, word) in words.enumerated() {
      let left = limit - index * 64
      guard left > 0 else { break }
      count += (left < 64 ? word & (UInt64(1) << UInt64(left) - 1) : word).nonzeroBitCount
    }
    return count
  }

  enum Arrival { case inOrder, late, again }

  /// Notes one. Late: a greater one came before it.
  @inline(__always)
  mutating func insert(_ number: Int) -> Arrival {
    let (word, bit) = (number >> 6, UInt64(1) << UInt64(number & 63))
    while word >= words.count { words.append(0) }
    if words[word] & bit != 0 { return .again }
    words[word] |= bit
    count += 1
    if number < end { return .late }
    end = number + 1
    return .inOrder
  }
}
