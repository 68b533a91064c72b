/// BELL, see <doc:Protocol>: a client has the daemon look at its ring.
public struct Bell: Equatable, Sendable {
  public static let packetBytesMax = 9

  /// Of the record it is for, on the client's clock, when that may wait for the order window; nil: now.
  public var stamp: UInt64?

  public init(stamp: UInt64?) { self.stamp = stamp }

  /// Writes the packet and returns its size; `packet` has at least ``packetBytesMax`` bytes.
  public func encode(into packet: inout MutableRawSpan) -> Int {
    packet.store(Layout.bell, at: 0)
    guard let stamp else { return 1 }
    packet.store(stamp, at: 1)
    return 9
  }

  /// Nil: it is something else.
  public init?(_ packet: RawSpan) {
    guard packet.byteCount == 1 || packet.byteCount == 9, packet.u8(at: 0) == Layout.bell else {
      return nil
    }
    stamp = packet.byteCount == 9 ? packet.u64(at: 1) : nil
  }
}
