public import LogdWire
public import Synchronization

/// A program's way to logd: a log call is a copy into memory shared with the daemon.
///
/// ```swift
/// let log = LogClient(ident: "worker")
/// log.info("request served", [.string("path", path), .int("status", 200)])
/// try log.flush(timeout: .seconds(1))
/// ```
///
/// A log call does not allocate, and makes a system call only to wake a sleeping daemon, when the
/// ring is full, or at most once in 100 ms to see whether the daemon lives. Records of one client
/// appear in the order of its calls. A record whose call has returned survives a `kill -9` of this
/// process once the client is attached, which takes about 0.1 ms from ``init(ident:options:)``.
///
/// **Threads.** All methods may be called from any thread. **Signals.** A log call in a signal
/// handler never deadlocks: when it interrupted another log call of its thread, the record is
/// dropped and counted. (In a program built without optimization the first call with a new number
/// of fields makes type metadata, which a signal handler must not do.) **fork.** A child, also one made by raw clone or in a signal handler, lets go
/// of its parent's ring and logs under its own pid over a connection of its own; its ``dropped``
/// starts at 0. After `exec` nothing is left: all descriptors are close-on-exec.
///
/// Keep one for the life of the program; ``close(timeout:)`` it at the end to be sure that
/// everything is written, or told otherwise.
public final class LogClient: Sendable {
  @usableFromInline let core: ClientCore

  /// Whether records carry `code_file`, `code_line` and `code_func`.
  @usableFromInline let hasSourceLocation: Bool

  /// How many actions of this client go on: while there are none, a log call does not look for one.
  @usableFromInline let openActions = Atomic<Int>(0)

  let ident: String

  /// Connects to the daemon, and waits at most 100 ms for the ring; 0.1 ms is usual, none when there
  /// is no daemon.
  ///
  /// Never fails: without a daemon records are kept in memory, under the same bound and policy as
  /// in a ring, and handed over when one comes. Traps when there is not memory for the first ring.
  ///
  /// - Parameters:
  ///   - ident: the program's name in the log, 1…64 of `A–Z a–z 0–9 . _ @ / + -`; others become `_`.
  ///   - options: where the daemon is, and what to do when the ring is full.
  public init(ident: String, options: LogClientOptions = LogClientOptions()) {
    guard let core = options.open(ident: ident) else {
      preconditionFailure("no memory for a log ring of \(options.ringBytes) bytes")
    }
    self.core = core
    hasSourceLocation = options.sourceLocation
    self.ident = ident
  }

  deinit {
    _ = core.close(nanoseconds: 1_000_000_000)  // what is undelivered has been reported
    core.release()
  }

  /// How many records this process has given up: the ring was full for too long, or a signal
  /// handler interrupted a log call. The daemon writes the same number into the log.
  public var dropped: UInt64 { core.dropped }

  /// Whether a record of `severity` would be written: by the options and by what the daemon wants
  /// now. One load; each log call asks for itself.
  @inlinable
  public func isEnabled(_ severity: Severity) -> Bool { core.isEnabled(severity.rawValue) }

  /// The largest record that the daemon takes now, or will probably take. For programs of one thread,
  /// since another one's call may make a new ring.
  package var recordBytesMax: Int { core.currentRing.recordLimits.bytes }

  /// Flushes, ends the connection, and reports or writes what no daemon has taken.
  ///
  /// Waits for a daemon that went away to come back, and for one that is full to have room, but not
  /// for one that never was there. Records
  /// logged after this are counted in ``dropped``. A second call does nothing; `deinit` closes with
  /// a timeout of one second.
  ///
  /// - Returns: how many records were not delivered; see ``LogClientOptions/undelivered``.
  @discardableResult
  public func close(timeout: Duration = .seconds(1)) -> Int {
    core.close(nanoseconds: timeout.nanoseconds)
  }
}

extension Duration {
  /// Nothing is less than nothing, and 584 years are for ever.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product &+ UInt64(attoseconds / 1_000_000_000)
  }
}
