internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// How many records wait in the rings, for those whose flush has timed out. On the I/O thread.
///
/// Every frame that waits has to be looked at, hundreds of megabytes perhaps: that is done on a thread of
/// its own, since the background thread may wait for a disk. There is one count at a time, whose answer
/// all get who had asked when it began.
final class WaitingCount {
  private let registry: ClientRegistry
  private let thread: BackgroundThread
  private let frames: FrameCount
  private var asking: [(Int) -> Void] = []
  private var isCounting = false

  init(_ registry: ClientRegistry) throws(Errno) {
    self.registry = registry
    frames = try FrameCount(registry.limits)
    thread = try BackgroundThread("logd-count", isPatient: true)
  }

  /// Has `answer` called with how many records wait now. Not at once.
  func ask(_ answer: @escaping (Int) -> Void) {
    asking.append(answer)
    if !isCounting { begin() }
  }

  /// Whether it has ended by `deadline`, CLOCK_MONOTONIC.
  func stop(by deadline: UInt64) -> Bool { thread.stop(by: deadline) }

  private func begin() {
    let (rings, asked) = (Array(registry.allRings), asking)
    asking = []
    isCounting = true
    // SAFETY: made and called on the loop's thread; the counting thread only carries it.
    nonisolated(unsafe) let finish = { [weak self] (count: Int) in
      for answer in asked { answer(count) }
      self?.finish()
    }
    thread.run { [frames, loop = registry.loop] in
      let count = rings.reduce(0) { $0 + frames.count($1) }
      loop.post { unsafe finish(count) }
    }
  }

  private func finish() {
    isCounting = false
    if !asking.isEmpty { begin() }
  }
}

/// Counts the frames in a ring, by pread(2) as the writer reads them.
// SAFETY: one thread uses it.
final class FrameCount: @unchecked Sendable {
  private static let chunkBytes = 64 << 10
  private let memory: Mapping
  private let limits: FrameLimits

  init(_ limits: FrameLimits) throws(Errno) {
    memory = try Mapping(privateByteCount: Self.chunkBytes)
    self.limits = limits
  }

  /// From the tail to the head as they are now. From the first frame that makes no sense on all is one.
  func count(_ ring: Ring) -> Int {
    var position = ring.statistics.tail.load(ordering: .relaxed)
    let head = position + ring.bytesWaiting(memory)
    var count = 0
    while position < head {
      let read = frames(ring, position..<head)
      let tail = ring.statistics.tail.load(ordering: .relaxed)
      if tail > position {
        position = tail  // written meanwhile, and the place may hold something new
        continue
      }
      guard let read else { return count + 1 }
      count += read.count
      position += UInt64(read.bytes)
    }
    return count
  }

  private func frames(_ ring: Ring, _ range: Range<UInt64>) -> (count: Int, bytes: Int)? {
    let wanted = min(Self.chunkBytes, Int(range.upperBound - range.lowerBound))
    guard (try? ring.read(range.lowerBound, wanted, into: memory, at: 0)) != nil else { return nil }
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
