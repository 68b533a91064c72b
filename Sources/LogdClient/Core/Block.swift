internal import CLinux
internal import LogdWire

/// The memory of one client: pages of its own, so that each can be treated by itself in a child.
///
/// | page | holds | in a child of fork |
/// |---|---|---|
/// | 0 | the generation | zero, by MADV_WIPEONFORK |
/// | 1 | the window: the current ring's control block, always at this address | replaced |
/// | 2 | atomic words | reset |
/// | 3 | ``Link``: connection and options | kept, connection reset |
/// | 4 | path of the file for the undelivered, ends in zero | kept |
@safe
@usableFromInline
struct Block: @unchecked Sendable {
  let base: UnsafeMutableRawPointer

  static var bytes: UInt64 { 5 * 4096 }
  static var generation: Int { 0 }
  static var window: Int { 4096 }
  // Words on a line of their own: the lock, and what each call looks at without it.
  static var lock: Int { 8192 }
  static var ring: Int { 8256 }
  static var nextCheck: Int { 8264 }
  // What the time of a call is made from, see ``ClientCore/now()``.
  static var clockTicks: Int { 8272 }
  static var clockTime: Int { 8280 }
  static var clockRate: Int { 8288 }
  static var clockReach: Int { 8296 }
  static var dropped: Int { 8320 }
  static var droppedPublished: Int { 8328 }
  static var rung: Int { 8336 }
  static var incoming: Int { 8384 }
  static var retired: Int { 8392 }
  static var linkOffset: Int { 12288 }
  static var path: Int { 16384 }
  static var pathBytesMax: Int { 4095 }
  /// What stands at ``rung`` after the doorbell was sent: for which sleep, and whether it said that it
  /// may wait.
  static func rung(_ sleep: SleepWord, mayWait: Bool) -> UInt64 {
    UInt64(sleep.epoch) << 1 | (mayWait ? 1 : 0)
  }
  /// For none: an epoch has 30 bits.
  static var neverRung: UInt64 { UInt64(UInt32.max) }

  /// Nil without memory.
  static func make() -> Block? {
    guard let base = unsafe clinux_map_private(bytes) else { return nil }
    // SAFETY: the first page of the mapping.
    guard unsafe clinux_advise(base, 4096, CLINUX_MADV_WIPEONFORK) == 0 else {
      unsafe clinux_unmap(base, bytes)
      return nil
    }
    return unsafe Block(base: base)
  }

  func unmap() { unsafe clinux_unmap(base, Block.bytes) }

  // SAFETY of all below: the offsets are those of aligned words in the block.
  @inline(__always) func load(_ offset: Int) -> UInt64 {
    unsafe clinux_load_acquire_u64(base + offset)
  }

  @inline(__always) func store(_ value: UInt64, at offset: Int) {
    unsafe clinux_store_release_u64(base + offset, value)
  }

  @inline(__always) func add(_ value: UInt64, to offset: Int) {
    _ = unsafe clinux_add_u64(base + offset, value)
  }

  @inline(__always) func compareExchange(_ offset: Int, _ old: UInt64, _ new: UInt64) -> Bool {
    unsafe clinux_compare_exchange_u64(base + offset, old, new)
  }

  @inline(__always) func take(_ offset: Int, _ owner: UInt64) -> Bool {
    unsafe clinux_take(base + offset, owner)
  }

  /// `severity` of the control block of the current ring.
  @usableFromInline var wantedSeverity: UInt32 {
    unsafe clinux_load_relaxed_u32(base + (Block.window + Layout.Control.severity))
  }

  /// `sleep` of the control block of the current ring; not before the lock was released.
  @inline(__always) var sleep: SleepWord {
    SleepWord(
      rawValue: unsafe clinux_load_ordered_u32(base + (Block.window + Layout.Control.sleep)))
  }

  /// Shows the control block of another ring; whoever loads meanwhile sees the one or the other.
  func showControl(_ descriptor: Int32, at offset: UInt64) -> Bool {
    unsafe clinux_map_fixed(
      base + Block.window, descriptor, offset, UInt64(Layout.controlBytes), false) == 0
  }

  /// Shows the control block of no daemon: awake, and wants everything.
  func showNoControl() {
    // SAFETY: the window page; without memory for it everything below would fail too.
    guard unsafe clinux_map_fixed_private(base + Block.window, 4096) == 0 else { return }
    unsafe clinux_store_relaxed_u32(base + (Block.window + Layout.Control.severity), 7)
  }

  /// The state of the connection; for the holder of the lock.
  var link: Link {
    // SAFETY: the page is zero until open() initializes it, and holds a Link ever after.
    @inline(__always) unsafeAddress {
      unsafe UnsafePointer((base + Block.linkOffset).assumingMemoryBound(to: Link.self))
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      unsafe (base + Block.linkOffset).assumingMemoryBound(to: Link.self)
    }
  }
}
