internal import LogdPlatform
internal import LogdWire

/// What is counted of one sender of text, whatever its door.
struct TextCounts {
  var records: UInt64 = 0
  var bytes: UInt64 = 0
  var malformed: UInt64 = 0
  var cut: UInt64 = 0
  var suppressed: UInt64 = 0
}

/// Somebody who sends text: a connection of lines.sock, or a process that writes to syslog.sock.
final class TextClient {
  let peer: Credentials
  let door: Ident
  let connectedAt: UInt64
  var description = PeerDescription()
  var counts = TextCounts()
  var rate: RateLimit
  /// The name of its last record.
  var ident: Ident
  var lastSeen: UInt64
  /// When what was suppressed is told.
  var reportTimer: UInt64?

  init(_ peer: Credentials, door: Ident, _ limits: Configuration.Limits, connectedAt: UInt64) {
    self.peer = peer
    self.door = door
    self.connectedAt = connectedAt
    lastSeen = connectedAt
    ident = door
    rate = RateLimit(limits)
  }
}
