// What is written but not on the disk yet. On the writer thread.
//
//   sound ──a sync fails──▶ in doubt ──a later sync, of later data, succeeds──▶ sound
//
// fsync(2) says of a failure once, and the kernel calls the pages clean from then on: to ask again
// would be told "good" of what is gone. So of a failed sync
// - the bytes it was for are suspect for good: counted in the status, named in the log;
// - the rings it was for are told how far it went: a durable flush that waits ends with EIO, and so
//   does each later one that has nothing newer to wait for, whatever becomes of later syncs;
// - `synced_bytes` never counts them.
// While in doubt a sync is tried every half second at most, and only for data that came later.

internal import LogdPlatform

/// The syncer, which needs the writer's inbox and so is made after it.
final class SyncerSlot {
  var syncer: Syncer?
}

struct SyncState {
  var hasUnsynced = false
  /// Asked for by SIGUSR2 or the like.
  var isWanted = false
  var sawUrgent = false
  var lastSync: UInt64 = 0
  private(set) var isRunning = false
  private(set) var sequence: UInt64 = 0
  /// Rings with records that no sync has covered, and those that the running one covers.
  private(set) var rings: [Ring] = []
  private(set) var covered: [(ring: Ring, tail: UInt64)] = []
  /// Files that were written to before this one, since the last sync.
  private(set) var left: [LogFile] = []
  /// The bytes of the file that the running sync is for.
  private var range: Range<UInt64> = 0..<0
  private var isOfOldFile = false
  /// Up to here the last sync went, good or bad.
  private var attempted: UInt64 = 0
  private(set) var suspectBytes: UInt64 = 0
  private var suspectOfFile: UInt64 = 0
  private(set) var doubt: Doubt?
  /// A failure that no durable flush of everything has been told of.
  private var untold: Errno?

  /// Since a sync failed.
  struct Doubt {
    let since: UInt64
    let sinceWall: Int64
    let error: SystemError
    let from: UInt64
    var upTo: UInt64
    var failures = 1
  }

  static let retryNanoseconds: UInt64 = 500_000_000

  mutating func add(_ ring: Ring) {
    guard !ring.isUnsynced else { return }
    ring.isUnsynced = true
    rings.append(ring)
  }

  mutating func remove(_ ring: Ring) {
    rings.removeAll { $0 === ring }
    covered.removeAll { $0.ring === ring }
  }

  /// Another file is written to from now on. The one before is synced soon, whatever the policy: as
  /// long as it is held here, a descriptor is taken, and its room on the disk should it be removed.
  mutating func leave(_ file: LogFile) {
    if hasUnsynced || isRunning {
      left.append(file)
      isWanted = true
    }
    isOfOldFile = isRunning
    attempted = 0
    suspectOfFile = 0
  }

  /// Lets go of files without a name: nobody finds what a sync would save, and a full disk may need
  /// their room.
  mutating func forgetRemoved() {
    left.removeAll { ((try? $0.status.links) ?? 0) == 0 }
  }

  /// The files to be synced, those that were left before the current one.
  mutating func begin(_ file: LogFile, _ now: UInt64) -> [LogFile] {
    isRunning = true
    isWanted = false
    sawUrgent = false
    hasUnsynced = false
    lastSync = now
    sequence += 1
    for ring in rings {
      ring.isUnsynced = false
      covered.append((ring, ring.tail))
    }
    rings.removeAll(keepingCapacity: true)
    range = min(attempted, file.offset)..<file.offset
    attempted = file.offset
    defer { left = [] }
    return left + [file]
  }

  private mutating func end() {
    isRunning = false
    isOfOldFile = false
    covered.removeAll(keepingCapacity: true)
  }

  /// How much of the file is on the disk now, unless the sync was for one that has been left; and
  /// the doubt that is over with it.
  mutating func succeeded() -> (bytes: UInt64?, over: Doubt?) {
    defer { end() }
    let bytes = isOfOldFile ? nil : range.upperBound - min(suspectOfFile, range.upperBound)
    guard let doubt, !range.isEmpty || isOfOldFile else { return (bytes, nil) }
    self.doubt = nil
    return (bytes, doubt)
  }

  /// The doubt that has begun or grown.
  mutating func failed(_ error: SystemError, _ now: UInt64) -> Doubt {
    defer { end() }
    suspectBytes += UInt64(range.count)
    if !isOfOldFile { suspectOfFile += UInt64(range.count) }
    untold = error.errno
    if var grown = doubt {
      grown.failures += 1
      grown.upTo = max(grown.upTo, range.upperBound)
      doubt = grown
      return grown
    }
    let new = Doubt(
      since: now, sinceWall: Clock.realtimeNanoseconds(), error: error, from: range.lowerBound,
      upTo: range.upperBound)
    doubt = new
    return new
  }

  /// A failure before, of which a durable flush of everything is told once, as fsync(2) does.
  mutating func tell() -> Errno? {
    defer { untold = nil }
    return untold
  }

  /// When the next sync is due by the clock, CLOCK_MONOTONIC.
  func deadline(_ settings: WriterSettings) -> UInt64? {
    guard hasUnsynced, !isRunning else { return nil }
    let pause = doubt == nil ? UInt64.max : Self.retryNanoseconds
    return switch settings.sync {
    case .never: nil
    case .always: doubt == nil ? nil : lastSync &+ pause
    case .interval: lastSync &+ min(settings.syncIntervalNanoseconds, pause)
    }
  }
}
