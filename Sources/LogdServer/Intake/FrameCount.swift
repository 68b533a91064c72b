internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// How many records lie in a ring: for those whose flush timed out.
enum FrameCount {
  private static let chunkBytes = 64 << 10

  /// Counts the frames between two positions; stops at the first that makes no sense.
  static func count(_ ring: Ring, limits: FrameLimits) -> Int {
    guard let memory = try? Mapping(privateByteCount: chunkBytes),
      let words = try? ProducerWords.read(
        from: ring.files.data, into: memory,
        tail: ring.statistics.tail.load(ordering: .relaxed), dataBytes: ring.dataBytes)
    else { return 0 }
    var position = ring.statistics.tail.load(ordering: .relaxed)
    var count = 0
    while position < words.head {
      guard let read = frames(at: position, upTo: words.head, ring, memory, limits) else { break }
      count += read.count
      position += UInt64(read.bytes)
    }
    return count
  }

  private static func frames(
    at position: UInt64, upTo head: UInt64, _ ring: Ring, _ memory: borrowing Mapping,
    _ limits: FrameLimits
  ) -> (count: Int, bytes: Int)? {
    let wanted = min(chunkBytes, Int(head - position))
    guard (try? ring.read(position, wanted, into: memory, at: 0)) != nil else { return nil }
    return memory.withBytes(0, wanted) { bytes in
      var at = 0
      var count = 0
      while at + Layout.Frame.message <= wanted {
        guard let header = FrameHeader(bytes, at: at, limits: limits) else { return nil }
        at += Layout.padded(header.byteCount)
        count += 1
      }
      return count == 0 ? nil : (count, at)
    }
  }
}
