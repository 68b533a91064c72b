internal import LogdPlatform
internal import LogdWire

/// What the daemon tells the client of a ring: its control page, which <doc:Protocol> describes.
///
/// The writer's but for the severity, which is the I/O thread's.
struct ControlPage: Sendable {
  private let pages: ControlPages
  /// Where in its memory it is.
  let offset: Int

  /// The page at `offset` of the memory, in which it lies whole.
  init(_ pages: ControlPages, at offset: Int) {
    self.pages = pages
    self.offset = offset
  }

  @inline(__always) func load(_ word: Int) -> UInt64 { pages.memory.load(offset + word) }
  @inline(__always) func load32(_ word: Int) -> UInt32 { pages.memory.load32(offset + word) }

  @inline(__always) func store(_ word: Int, _ value: UInt64) {
    pages.memory.store(offset + word, value)
  }

  @inline(__always) func store32(_ word: Int, _ value: UInt32) {
    pages.memory.store32(offset + word, value)
  }

  /// Wakes who waits for `word`.
  @inline(__always) func wake(_ word: Int, count: Int32, bits: UInt32) {
    pages.memory.wake(offset + word, count: count, bits: bits)
  }

  /// Has the producer send nothing below it.
  func set(_ severity: Severity) {
    store32(Layout.Control.severity, UInt32(severity.rawValue))
  }
}

/// Memory with control pages, mapped as long as one of them is in use.
// SAFETY: a constant; what is in the memory are atomic words.
final class ControlPages: @unchecked Sendable {
  let memory: Mapping

  init(_ memory: consuming Mapping) { self.memory = memory }
}
