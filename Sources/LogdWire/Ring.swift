public import CLinux

// The producer's side of a ring.
//
// Invariants
// - All memory of a ring is one reservation that begins with a private page (`Own`), followed by
//   the control block, the header page, and the data area twice in a row. So everything is reached
//   from one address, and a forked child can replace all of it by private memory in one call.
// - Staging, the ring without a daemon, has the same layout in private memory, but its data area
//   stands there once: nobody takes anything from it, so it never wraps.
// - `Own` is changed only by the holder of the process's lock, except `pins`.
// - tail ≤ head ≤ limit ≤ tail + data bytes. `limit` is lower while older records wait elsewhere to
//   be moved here: then nothing may be written before they are.
//
// Faults tolerated: the process dies between any two instructions (a frame is published by one
// store); the memory turns to zeros under a call (a signal handler forked, and this is the child):
// then there is no room, and whatever is written stays within the reservation.

/// A ring as its producer sees it: where to write next, how much room there is, what to tell.
///
/// A bare address, copied freely. Whoever holds the process's lock may use it until ``unmap()``.
@safe
public struct Ring: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer

  @usableFromInline init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// Offsets in the private page.
  @usableFromInline enum Own {
    @usableFromInline static let mappedBytes = 0
    @usableFromInline static let mask = 8
    @usableFromInline static let head = 16
    @usableFromInline static let limit = 24
    @usableFromInline static let recordLimits = 32
    @usableFromInline static let dataBytes = 40
    @usableFromInline static let identifier = 48
    @usableFromInline static let next = 56
    @usableFromInline static let cursor = 64
    @usableFromInline static let dropBase = 72
    @usableFromInline static let pins = 80
    @usableFromInline static let control = 4096
    @usableFromInline static let header = 8192
    @usableFromInline static let data = 12288
  }

  @inlinable @inline(__always) func own(_ offset: Int) -> UInt64 {
    // SAFETY: the offsets are those of words in the private page. So below.
    unsafe base.load(fromByteOffset: offset, as: UInt64.self)
  }

  @inlinable @inline(__always) func setOwn(_ offset: Int, _ value: UInt64) {
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }

  @inlinable public var head: UInt64 { own(Own.head) }
  @inlinable @inline(__always) var header: UnsafeMutableRawPointer { unsafe base + Own.header }
  @inlinable @inline(__always) var control: UnsafeMutableRawPointer { unsafe base + Own.control }

  // MARK: Writing

  /// Says that a record is being made: before the time of it is taken, until it is published. Where
  /// nobody says so, the daemon need not wait for a record that is older than another.
  @inlinable @inline(__always) public func beginCall() { setCalling(1) }
  @inlinable @inline(__always) public func endCall() { setCalling(0) }

  @inlinable @inline(__always) func setCalling(_ value: UInt64) {
    // SAFETY: an aligned word of the header page.
    unsafe clinux_store_release_u64(header + Layout.Header.calling, value)
  }

  /// How large the frames that are written here may be.
  @inlinable @inline(__always) public var recordLimits: RecordLimits {
    RecordLimits(word: own(Own.recordLimits))
  }

  /// Memory for a frame of `bytes` at head, or nil when there is no room for it that is known of;
  /// ``refresh()`` may find more.
  @inlinable @inline(__always) public func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let head = own(Own.head)
    // Less than a head of a frame: the limits were 0, this memory has become a child's.
    guard bytes >= Layout.Frame.message, head &+ UInt64(Layout.padded(bytes)) <= own(Own.limit)
    else { return nil }
    let at = unsafe address(of: head)
    unsafe fetchAhead(of: at, bytes)
    return unsafe at
  }

  /// How far ahead of head cache lines are asked for: the time that a few log calls take.
  @usableFromInline static var aheadBytes: Int { 512 }

  /// Asks for the cache lines that a later call will write. The daemon has read them a lap ago on
  /// another processor, and to get one back when it is written takes longer than the log call.
  @inlinable @inline(__always) func fetchAhead(of at: UnsafeMutableRawPointer, _ bytes: Int) {
    var offset = Self.aheadBytes
    let end = offset &+ min(bytes, Self.aheadBytes)
    while offset < end {
      // An address that is not mapped is no fault here: nothing is fetched.
      unsafe clinux_prefetch_write(at + offset)
      offset &+= 64
    }
  }

  /// Makes the frame of `bytes` at head visible to the daemon. From here on it survives this process.
  @inlinable @inline(__always) public func publish(_ bytes: Int) {
    let head = own(Own.head) &+ UInt64(Layout.padded(bytes))
    setOwn(Own.head, head)
    // SAFETY: two aligned words of the header page.
    unsafe clinux_store_relaxed_u64(header + Layout.Header.headCheck, ~head)
    unsafe clinux_store_release_u64(header + Layout.Header.head, head)
  }

  /// As ``publish(_:)``, unless `word` is not `expected`: then this is the copy of a call that a
  /// signal handler interrupted by forking, and the memory may still be the parent's.
  @inlinable @inline(__always)
  public func publish(_ bytes: Int, if word: UnsafeRawPointer, is expected: UInt64) {
    let head = own(Own.head) &+ UInt64(Layout.padded(bytes))
    // SAFETY: head and its check are two neighbouring aligned words of the header page.
    if unsafe clinux_publish_if(word, expected, header + Layout.Header.head, head) {
      setOwn(Own.head, head)
    }
  }

  /// Where the byte at `position` is. A frame that begins there goes on without a wrap.
  @inlinable @inline(__always) func address(of position: UInt64) -> UnsafeMutableRawPointer {
    // SAFETY: the mask keeps it within the first data area; the second holds the same bytes.
    unsafe base + (Own.data &+ Int(truncatingIfNeeded: position & own(Own.mask)))
  }
}

/// How many bytes a frame and how many fields a record may have: one word.
public struct RecordLimits: Sendable {
  @usableFromInline let word: UInt64

  @usableFromInline init(word: UInt64) { self.word = word }

  @inlinable public init(bytes: UInt32, fields: UInt32) {
    word = UInt64(bytes) | UInt64(fields) &<< 32
  }

  @inlinable public var bytes: Int { Int(UInt32(truncatingIfNeeded: word)) }
  @inlinable public var fields: Int { Int(word &>> 32) }

  /// The same with frames of no more than `bytes`.
  @inlinable public func atMost(_ bytes: Int) -> RecordLimits {
    RecordLimits(word: UInt64(min(bytes, self.bytes)) | word & ~UInt64(UInt32.max))
  }
}
