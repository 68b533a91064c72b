// The client core: everything between a log call and the ring, for Swift and for C.
//
// Written in the part of Swift that also compiles in Embedded mode: no Foundation, no existentials,
// no lazily made globals, no thread-locals. Nothing here allocates but by mmap(2) when a ring is
// made, and all of it may run in a signal handler and in a forked child.
//
// States of the connection (``Link/phase``)
//   idle      no socket; an attempt is due at `nextCheck`
//   waiting   HELLO is sent; the answer is looked for at `nextCheck`
//   attached  the current ring is the daemon's
//   closed    for good
// Records always go to the current ring: at first to staging, private memory of the same layout;
// while no daemon is there to the ring of the one that was. A grant makes a new current ring, and
// what its predecessor still holds is moved there first.
//
// Invariants
// - Everything but the words of ``Block`` marked atomic belongs to the holder of the lock.
// - A child of fork holds another generation than its parent. Each call notes the generation when
//   it begins and looks again before each step that others could see: when it has changed, the
//   call was interrupted by a handler that forked, this is the copy, and it ends without a trace.
//   Publishing cannot be interrupted between the look and the store, see `clinux_publish_if`. What
//   remains: the copy finishes what it was in the middle of, copying one frame (the bytes are the
//   same as the parent's) or one system call. When the handler's child logs before it returns, or
//   was made by fork(2), the memory has been replaced by then and even that is harmless.
// - No descriptor is written to or closed unless it is still the socket that we opened.
//
// Faults tolerated: a daemon that is absent, dies, hangs, refuses or comes back without our ring;
// fork, raw clone, signal handlers that log or fork at any instruction; all descriptors closed and
// their numbers reused; no memory for a ring.

internal import CLinux
internal import LogdWire

/// A process's way to the daemon: one lock, one ring, one connection.
///
/// A bare address with a constant beside it, copied freely; lives until ``release()``.
@usableFromInline
struct ClientCore: Sendable {
  @usableFromInline let block: Block
  /// Greatest severity number that the options let through.
  @usableFromInline let leastSeverity: UInt8

  init(block: Block) {
    self.block = block
    leastSeverity = block.link.options.leastSeverity
  }

  /// How long a call may wait for room in nanoseconds; 0: it drops, `UInt64.max`: for ever.
  var waitLimit: UInt64 { block.link.options.waitLimit }

  /// Whether a record of `severity` is wanted, by the options and by the daemon. One load.
  @usableFromInline @inline(__always)
  func isEnabled(_ severity: UInt8) -> Bool {
    severity <= leastSeverity && UInt32(severity) <= block.wantedSeverity
  }

  /// Differs from that of every other process that has this client by fork.
  var generation: UInt64 { block.load(Block.generation) }

  /// Records that this process gave up since it began.
  var dropped: UInt64 { block.load(Block.dropped) }
}

/// What a client is told when it is opened.
struct CoreOptions {
  var ident: Ident
  var directories: RuntimeDirectories
  var ringBytes: UInt64
  var waitLimit: UInt64
  var leastSeverity: UInt8
  var undelivered: UndeliveredTarget
}

/// Where the records go that no daemon took before the client was closed.
enum UndeliveredTarget: UInt8 { case report, standardError, file }

enum Nanoseconds {
  static var millisecond: UInt64 { 1_000_000 }
  /// How often a log call looks whether the daemon lives, and how often it tries to connect.
  static var checkInterval: UInt64 { 100 * millisecond }
  /// How long opening a client may wait for its ring.
  static var grantWait: UInt64 { 100 * millisecond }
  /// How long a call that finds the daemon gone may wait for the ring of the next one.
  static var regrantWait: UInt64 { 10 * millisecond }
  /// The first look for a grant; the pauses between looks double.
  static var firstLook: UInt64 { 50_000 }
  /// How late the kernel may wake a thread whose time has come.
  static var wakeDelay: UInt64 { 400_000 }
  /// A daemon that has not answered HELLO after so long is asked again.
  static var patience: UInt64 { 5000 * millisecond }
}
