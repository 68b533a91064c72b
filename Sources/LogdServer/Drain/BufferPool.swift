internal import LogdPlatform

/// The private memory that ring data is copied into before anything is decided about it.
///
/// A ring holds one only while it has records that are not in a batch yet. Of those given back
/// a few are kept warm.
struct BufferPool {
  let bufferBytes: Int
  private var spare: [PrivateBuffer] = []
  private static let spareMax = 64

  init(bufferBytes: Int) {
    self.bufferBytes = bufferBytes
    spare.reserveCapacity(Self.spareMax)
  }

  mutating func take() throws(Errno) -> PrivateBuffer {
    if let buffer = spare.popLast() { return buffer }
    return try PrivateBuffer(byteCount: bufferBytes)
  }

  mutating func giveBack(_ buffer: PrivateBuffer) {
    if spare.count < Self.spareMax { spare.append(buffer) }
  }
}

/// One buffer of the pool.
final class PrivateBuffer {
  let memory: Mapping

  init(byteCount: Int) throws(Errno) {
    memory = try Mapping(privateByteCount: byteCount)
  }
}
