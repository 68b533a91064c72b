internal import CLinux
public import LogdWire

/// Where a client finds its daemon, and what it does when things go slowly or not at all.
public struct LogClientOptions: Sendable {
  /// What a log call does when the ring is full.
  public struct Overflow: Sendable, Equatable {
    /// How long it may wait, in nanoseconds.
    fileprivate let waitLimit: UInt64

    /// Waits until there is room, however long it takes.
    public static var block: Overflow { Overflow(waitLimit: .max) }

    /// Waits, and drops the record when there is no room after so long.
    public static func block(upTo limit: Duration) -> Overflow {
      Overflow(waitLimit: limit.nanoseconds)
    }

    /// Drops the record at once.
    public static var drop: Overflow { Overflow(waitLimit: 0) }
  }

  /// What ``LogClient/close(timeout:)`` does with records that no daemon has taken.
  public enum Undelivered: Sendable, Equatable {
    /// Says how many there are, in one line on standard error.
    case report
    /// Writes them to standard error, as lines of the log file's text format.
    case standardError
    /// Appends them to a file, made with mode 0640 if need be; reports them if that fails.
    case file(String)
  }

  /// The directory with `native.sock`. Nil: `LOGD_RUNTIME_DIR`, then `/run/logd` if a daemon is
  /// there, then `$XDG_RUNTIME_DIR/logd`, else `/tmp/logd-UID` if it is private.
  public var runtimeDirectory: String?
  /// Wished size of the ring in bytes, rounded up to a power of two from 8 KiB to 1 GiB; the daemon
  /// may grant less. It is also how much is kept while there is no daemon.
  public var ringBytes = 1 << 20
  public var overflow: Overflow = .block(upTo: .seconds(1))
  /// Less severe records are not sent, even if the daemon wants them.
  public var leastSeverity: Severity = .debug
  public var undelivered: Undelivered = .report
  /// Adds the fields `code_file`, `code_line` and `code_func` to each record.
  public var sourceLocation = false

  public init() {}

  func open(ident: String) -> ClientCore? {
    var file = ""
    let target: UndeliveredTarget
    switch undelivered {
    case .report: target = .report
    case .standardError: target = .standardError
    case .file(let path): (target, file) = (.file, path)
    }
    let options = CoreOptions(
      ident: Ident(sanitizing: Array(ident.utf8)), directories: directories, ringBytes: granule,
      waitLimit: overflow.waitLimit, leastSeverity: leastSeverity.rawValue, undelivered: target)
    return Array(file.utf8).read { ClientCore.open(options, undeliveredFile: $0) }
  }

  private var directories: RuntimeDirectories {
    guard let runtimeDirectory else { return RuntimeDirectories() }
    return Array(runtimeDirectory.utf8).read { RuntimeDirectories($0) }
  }

  /// The ring's size as a power of two.
  private var granule: UInt64 {
    var bytes: UInt64 = 8192
    while bytes < UInt64(max(ringBytes, 0)), bytes < UInt64(Layout.dataBytesMax) { bytes *= 2 }
    return bytes
  }
}

extension Array where Element == UInt8 {
  fileprivate func read<Answer>(_ body: (RawSpan) -> Answer) -> Answer {
    // SAFETY: bytes without padding; the span ends with the call.
    unsafe body(span.bytes)
  }
}

extension Ident {
  fileprivate init(sanitizing bytes: [UInt8]) {
    self = bytes.read { Ident(sanitizing: $0) }
  }
}
