internal import LogdWire

/// How far rings that are gone were drained: the last few thousand of this daemon.
///
/// A process that lost its connection (it closed all descriptors, say) names its old ring when it
/// comes back, and moves what lies beyond into the new one.
struct EndedRings {
  private var positions: [UInt64: UInt64] = [:]
  private var order: [UInt64] = []
  private var oldest = 0
  private static let countMax = 4_096

  mutating func add(_ ring: UInt64, position: UInt64) {
    positions[ring] = position
    if order.count < Self.countMax { return order.append(ring) }
    positions[order[oldest]] = nil
    order[oldest] = ring
    oldest = (oldest + 1) % Self.countMax
  }

  func position(of ring: UInt64) -> UInt64 { positions[ring] ?? Layout.unknownRing }
}
