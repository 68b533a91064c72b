public import LogdWire

/// What an administrator can decide, with the defaults of a daemon that was told nothing.
///
/// A plain value: a reload makes a new one, and who holds the old one notices nothing. Names end
/// in their unit. The keys of the file, their ranges and their consequences are in
/// ``ConfigurationKey``.
public struct Configuration: Sendable, Equatable {
  public var listen = Listen()
  public var ring = Ring()
  public var order = Order()
  public var file = File()
  public var limits = Limits()
  public var filter = Filter()
  public var journald = Journald()

  public init() {}

  /// The sockets.
  public struct Listen: Sendable, Equatable {
    public var native = Socket()
    public var lines = Socket()
    public var syslog = Socket()
    public var control = Socket()
    /// Connections to `native.sock` and `lines.sock` at a time; the next one is refused.
    public var clientsMax = 4096
    /// Of them of one user.
    public var userClientsMax = 4096
  }

  /// One socket in the runtime directory.
  public struct Socket: Sendable, Equatable {
    public var enabled = true
    public var mode: UInt32 = 0o666
    /// The group that owns the socket; `nil`: the daemon's own.
    public var group: String?
  }

  /// The rings between the clients and the daemon. All sizes are powers of two.
  public struct Ring: Sendable, Equatable {
    /// What a client gets that asks for nothing special.
    public var sizeBytes = 1 << 20
    /// The most one client can ask for.
    public var sizeBytesMax = 16 << 20
    /// The rings of all clients together.
    public var totalBytesMax = 1 << 30
    /// The rings of all clients of one user together.
    public var userBytesMax = 512 << 20
    /// The ring of all clients that send text.
    public var intakeBytes = 8 << 20
  }

  public struct Order: Sendable, Equatable {
    /// How long a record may wait for an earlier one.
    public var windowNanoseconds: UInt64 = 2_000_000
  }

  /// The log file.
  public struct File: Sendable, Equatable {
    /// `nil`: as ``RuntimePaths`` says.
    public var path: String?
    public var mode: UInt32 = 0o640
    /// The group that owns the file; `nil`: the daemon's own.
    public var group: String?
    public var format = Format.text
    public var sync = SyncPolicy.interval
    /// Between two syncs, where ``sync`` is ``SyncPolicy/interval``.
    public var syncIntervalNanoseconds: UInt64 = 5_000_000_000
    /// A record at least this severe is synced at once, where ``sync`` is
    /// ``SyncPolicy/interval``.
    public var syncSeverity = Severity.error
    public var rotation = Rotation()
  }

  /// When the log file becomes an archive, and which archives stay. 0: no bound.
  public struct Rotation: Sendable, Equatable {
    public var bytesMax = 0
    public var period = RotationPeriod.none
    public var keptFiles = 0
    public var keptBytes = 0
    public var keptNanoseconds: UInt64 = 0
    /// Of the file system.
    public var freeBytesMin = 0
    public var compression = Compression.none
  }

  /// What archives are made smaller by.
  public enum Compression: String, Sendable, CaseIterable {
    case none, gzip, zstd
  }

  /// By the wall clock, local time.
  public enum RotationPeriod: String, Sendable, CaseIterable {
    case none, hour, day, week, month
  }

  public enum Format: String, Sendable, CaseIterable {
    case text, json
  }

  /// When what was written is forced to the disk, fdatasync(2).
  public enum SyncPolicy: String, Sendable, CaseIterable {
    case never, interval, always
  }

  /// The bounds of one record.
  public struct Limits: Sendable, Equatable {
    public var recordBytesMax = Layout.recordBytesDefault
    public var fieldsMax = Layout.fieldsDefault
    /// A line or a datagram that is longer is cut.
    public var lineBytesMax = 48 << 10
    /// Records of one text client in ``rateIntervalNanoseconds``; 0: as many as it likes.
    public var rateBurst = 0
    public var rateIntervalNanoseconds: UInt64 = 30_000_000_000
  }

  public struct Filter: Sendable, Equatable {
    /// The least severity that is written; clients are told, and send nothing below it.
    public var severity = Severity.debug
  }

  /// What journald gets.
  public struct Journald: Sendable, Equatable {
    public var handoff = Handoff.off
    /// Nothing less severe is handed off.
    public var severity = Severity.debug
  }

  public enum Handoff: String, Sendable, CaseIterable {
    case off, copy, fallback, only

    /// Whether journald gets anything.
    var isOn: Bool { self != .off }
  }
}
