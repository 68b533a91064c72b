internal import LogdWire

/// How far a ring was drained, and how many of its drops are in the file.
struct RingEnd: Equatable, Sendable {
  var tail: UInt64
  var droppedTaken: UInt64

  static let unknown = RingEnd(tail: Layout.unknownRing, droppedTaken: 0)
}

/// Where rings that are gone ended: the last few thousand.
///
/// A process that lost its connection (the daemon was killed, it closed all descriptors) names its
/// old ring when it comes back, and moves what lies beyond into the new one.
struct EndedRings {
  private var ends: [UInt64: RingEnd] = [:]
  private var order: [UInt64] = []
  private var oldest = 0
  private static let countMax = 4_096

  /// There will be so many.
  mutating func reserve(_ count: Int) {
    ends.reserveCapacity(min(count, Self.countMax))
    order.reserveCapacity(min(count, Self.countMax))
  }

  mutating func add(_ ring: UInt64, _ end: RingEnd) {
    ends[ring] = end
    if order.count < Self.countMax { return order.append(ring) }
    ends[order[oldest]] = nil
    order[oldest] = ring
    oldest = (oldest + 1) % Self.countMax
  }

  func end(of ring: UInt64) -> RingEnd { ends[ring] ?? .unknown }
}
