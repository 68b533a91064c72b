/// Memory of a fixed size that bytes are collected in, again and again: no allocation after the
/// first. What does not fit is left out and told.
public final class BoundedBytes {
  private let memory: Mapping
  private let capacity: Int
  public private(set) var count = 0
  /// Something was left out since ``clear()``.
  public private(set) var isCut = false

  public init(capacity: Int) throws(Errno) {
    self.capacity = capacity
    memory = try Mapping(privateByteCount: max(capacity, 1))
  }

  public func clear() {
    count = 0
    isCut = false
  }

  @inline(__always)
  public func append(_ byte: UInt8) {
    guard count < capacity else {
      isCut = true
      return
    }
    memory.putByte(byte, at: count)
    count &+= 1
  }

  public func append(_ bytes: RawSpan) {
    let taken = min(bytes.byteCount, capacity &- count)
    if taken < bytes.byteCount { isCut = true }
    memory.put(bytes.extracting(0..<taken), at: count)
    count &+= taken
  }

  /// What was collected. `body` must not add to it.
  @inline(__always)
  public func withBytes<R>(_ body: (RawSpan) -> R) -> R { memory.withBytes(0, count, body) }
}
