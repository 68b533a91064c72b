/// One client at one instant: a row of `ListClients` and of `clients` in `GetStatus`.
public struct ClientSnapshot: Codable, Equatable, Sendable {
  /// From the kernel, as `uid`, `gid`, `unit` and `comm`.
  public var pid: Int32 = 0
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  /// The client's claim.
  public var ident = ""
  /// The systemd unit; empty when it has none or was gone before it could be read.
  public var unit = ""
  public var comm = ""
  /// The socket it talks to: `native`, `lines`, `syslog`.
  public var door = "native"
  public var records: UInt64 = 0
  public var bytes: UInt64 = 0
  public var dropped: UInt64 = 0
  /// Of a client that sends text: lines that looked like JSON and were not, that were cut, and
  /// records beyond its rate limit.
  public var malformed: UInt64 = 0
  public var cut: UInt64 = 0
  public var suppressed: UInt64 = 0
  /// Of a client of lines.sock its place in the intake; of a client of syslog.sock nothing.
  public var ringBytes: UInt64 = 0
  public var ringUsed: UInt64 = 0
  /// The age of the oldest record that is not in the file.
  public var lagMilliseconds = 0.0
  public var connectedSeconds = 0.0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case pid, uid, gid, ident, unit, comm, door, records, bytes, dropped, malformed, cut, suppressed
    case ringBytes = "ring_bytes"
    case ringUsed = "ring_used"
    case lagMilliseconds = "lag_ms"
    case connectedSeconds = "connected_seconds"
  }
}
