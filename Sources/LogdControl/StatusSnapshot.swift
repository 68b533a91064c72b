/// What the daemon says about itself at one instant: the answer to `GetStatus`.
///
/// The members are the JSON members of `logctl status --json`, so their names are fixed.
/// In every snapshot `records_received` = `records_written` + `records_dropped` +
/// `records_handed_off` + `records_in_batch`.
public struct StatusSnapshot: Codable, Equatable, Sendable {
  /// Whether records reach the file.
  public enum State: String, Codable, Sendable {
    case running, degraded, draining
  }

  public var state = State.running
  /// Why it is not running as it should; empty when it is.
  public var reason = ""
  public var pid: Int32 = 0
  public var version = ""
  public var uptimeSeconds = 0.0
  /// Taken from rings and parsed.
  public var recordsReceived: UInt64 = 0
  /// In the file.
  public var recordsWritten: UInt64 = 0
  /// Given up by the daemon, and noted in the file.
  public var recordsDropped: UInt64 = 0
  /// Taken by journald in the place of the file.
  public var recordsHandedOff: UInt64 = 0
  /// Formatted and not yet in the file.
  public var recordsInBatch: UInt64 = 0
  public var bytesWritten: UInt64 = 0
  public var batches: UInt64 = 0
  /// The least severity that is written.
  public var severity = "debug"
  /// Older than the order window when they came.
  public var recordsLate: UInt64 = 0
  /// Given up by the producers themselves, because a ring was full.
  public var producerDropped: UInt64 = 0
  /// In the rings, not yet looked at.
  public var bytesUnparsed: UInt64 = 0
  /// Of all clients that sent text, since the intake's file was made: lines that looked like JSON and
  /// were not, that were cut, and records beyond a rate limit, which are nowhere else counted.
  public var linesMalformed: UInt64 = 0
  public var linesCut: UInt64 = 0
  public var recordsSuppressed: UInt64 = 0
  /// How often the writer was woken.
  public var wakeups: UInt64 = 0
  public var clients: [ClientSnapshot] = []
  public var file = FileSnapshot()
  public var rings = RingsSnapshot()
  public var journald = JournaldSnapshot()
  /// Memory the daemon holds, its rings included.
  public var memoryBytes: UInt64 = 0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case state, reason, pid, version, batches, severity, wakeups, clients, file, rings, journald
    case uptimeSeconds = "uptime_seconds"
    case recordsReceived = "records_received"
    case recordsWritten = "records_written"
    case recordsDropped = "records_dropped"
    case recordsHandedOff = "records_handed_off"
    case recordsInBatch = "records_in_batch"
    case bytesWritten = "bytes_written"
    case recordsLate = "records_late"
    case producerDropped = "producer_dropped"
    case bytesUnparsed = "bytes_unparsed"
    case linesMalformed = "lines_malformed"
    case linesCut = "lines_cut"
    case recordsSuppressed = "records_suppressed"
    case memoryBytes = "memory_bytes"
  }
}

/// The log file at one instant.
public struct FileSnapshot: Codable, Equatable, Sendable {
  /// Empty: none is kept.
  public var path = ""
  public var bytes: UInt64 = 0
  public var rotations: UInt64 = 0
  /// How much of the file is known to be on the disk.
  public var syncedBytes: UInt64 = 0
  /// How much a sync that failed has left in doubt, since the daemon began.
  public var suspectBytes: UInt64 = 0
  /// The last failure of the file that still matters; empty when all is well.
  public var lastError = ""

  public init() {}

  enum CodingKeys: String, CodingKey {
    case path, bytes, rotations
    case syncedBytes = "synced_bytes"
    case suspectBytes = "suspect_bytes"
    case lastError = "last_error"
  }
}

/// The hand-off to journald at one instant.
public struct JournaldSnapshot: Codable, Equatable, Sendable {
  /// `off`, `copy`, `fallback` or `only`.
  public var handoff = "off"
  /// Records go there now, and not into the file.
  public var isInPlaceOfFile = false
  /// Taken by journald, beside the file or in its place.
  public var records: UInt64 = 0
  /// Not handed off: too many waited, or there was no journald.
  public var dropped: UInt64 = 0
  public var queuedBytes: UInt64 = 0
  /// How long journald has not answered.
  public var stuckSeconds = 0.0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case handoff, records, dropped
    case isInPlaceOfFile = "in_place_of_file"
    case queuedBytes = "queued_bytes"
    case stuckSeconds = "stuck_seconds"
  }
}

/// The rings of all clients together, and in bytes that of the intake.
public struct RingsSnapshot: Codable, Equatable, Sendable {
  public var count = 0
  public var bytesUsed: UInt64 = 0
  public var bytesCapacity: UInt64 = 0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case count
    case bytesUsed = "bytes_used"
    case bytesCapacity = "bytes_capacity"
  }
}
