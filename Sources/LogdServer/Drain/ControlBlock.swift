internal import LogdPlatform
internal import LogdWire

/// What the daemon tells the client of a ring: its control block, which <doc:Protocol> describes.
///
/// The writer's but for the severity, which is the I/O thread's.
struct ControlBlock: Sendable {
  private let memory: ControlMemory
  /// Where in its memory it is.
  let offset: Int

  /// The block at `offset` of the memory, in which it lies whole.
  init(_ memory: ControlMemory, at offset: Int) {
    self.memory = memory
    self.offset = offset
  }

  @inline(__always) func load(_ word: Int) -> UInt64 { memory.mapping.load(offset + word) }
  @inline(__always) func load32(_ word: Int) -> UInt32 { memory.mapping.load32(offset + word) }

  @inline(__always) func store(_ word: Int, _ value: UInt64) {
    memory.mapping.store(offset + word, value)
  }

  @inline(__always) func store32(_ word: Int, _ value: UInt32) {
    memory.mapping.store32(offset + word, value)
  }

  /// Wakes who waits for `word`.
  @inline(__always) func wake(_ word: Int, count: Int32, bits: UInt32) {
    memory.mapping.wake(offset + word, count: count, bits: bits)
  }

  /// Has the producer send nothing below it.
  func set(_ severity: Severity) {
    store32(Layout.Control.severity, UInt32(severity.rawValue))
  }
}

/// Memory with control blocks, mapped as long as one of them is in use.
// SAFETY: a constant; what is in the memory are atomic words.
final class ControlMemory: @unchecked Sendable {
  let mapping: Mapping

  init(_ mapping: consuming Mapping) {
    self.mapping = mapping
    self.mapping.endLightly()
  }
}
