/// BELL, see <doc:Protocol>: a client has the daemon look at its ring.
public struct Bell: Equatable, Sendable {
  private typealias At = Layout.Bell
  public static let packetBytesMax = Layout.Bell.stampedBytes

  /// Of the record it is for, on the client's clock, when that may wait for the order window; nil: now.
  public var stamp: UInt64?

  public init(stamp: UInt64?) { self.stamp = stamp }

  /// Writes the packet and returns its size; `packet` has at least ``packetBytesMax`` bytes.
  public func encode(into packet: inout MutableRawSpan) -> Int {
    packet.store(Layout.bell, at: 0)
    guard let stamp else { return At.bytes }
    packet.store(stamp, at: At.stamp)
    return At.stampedBytes
  }

  /// Nil: it is something else.
  public init?(_ packet: RawSpan) {
    let count = packet.byteCount
    guard count == At.bytes || count == At.stampedBytes, packet.u8(at: 0) == Layout.bell else {
      return nil
    }
    stamp = count == At.stampedBytes ? packet.u64(at: At.stamp) : nil
  }
}
