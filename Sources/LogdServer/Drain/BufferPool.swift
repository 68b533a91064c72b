internal import LogdPlatform

/// The private memory that ring data is copied into before anything is decided about it.
///
/// A ring holds some only while it has records that are not in a batch yet. One record or a few find
/// room in a place of the ring's own, of which there is a small and a larger one, each in a mapping with
/// those of all rings: thousands of rings with a record each, as a starting daemon finds them, cost a
/// page for sixteen of them and no call. For more a ring gets a buffer; of those given back a few are
/// kept warm.
struct BufferPool {
  let bufferBytes: Int
  private let places: [PrivateBuffer]
  private var spare: [PrivateBuffer] = []
  private static let placeBytes = [256, 1024]
  private static let spareMax = 64

  init(bufferBytes: Int, slotCount: Int) throws(Errno) {
    self.bufferBytes = bufferBytes
    places = try Self.placeBytes.map { (byteCount) throws(Errno) in
      try PrivateBuffer(byteCount: slotCount * byteCount)
    }
    spare.reserveCapacity(Self.spareMax)
  }

  /// Room for so much of the ring in that slot, or for as much as is taken of a ring at once.
  mutating func take(_ byteCount: Int, slot: Int) throws(Errno) -> RingBuffer {
    for (place, placeBytes) in zip(places, Self.placeBytes) where byteCount <= placeBytes {
      let start = slot * placeBytes
      return RingBuffer(owner: place, range: start..<start + placeBytes)
    }
    if let buffer = spare.popLast() { return RingBuffer(owner: buffer, range: 0..<bufferBytes) }
    return RingBuffer(owner: try PrivateBuffer(byteCount: bufferBytes), range: 0..<bufferBytes)
  }

  mutating func giveBack(_ buffer: RingBuffer) {
    guard buffer.range.count == bufferBytes, spare.count < Self.spareMax else { return }
    spare.append(buffer.owner)
  }
}

/// What a ring has of the pool.
struct RingBuffer {
  let owner: PrivateBuffer
  let range: Range<Int>
}

/// Private memory that can be shared.
final class PrivateBuffer {
  let memory: Mapping

  init(byteCount: Int) throws(Errno) {
    memory = try Mapping(privateByteCount: byteCount)
  }
}
