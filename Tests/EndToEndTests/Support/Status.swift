internal import FoundationEssentials
internal import Testing

/// What the tests look at in `logctl status --json`.
struct Status: Decodable {
  struct Client: Decodable {
    var pid: Int32
    var uid: UInt32
    var ident: String
    var door: String
    var records: UInt64
    var malformed: UInt64
    var cut: UInt64
    var suppressed: UInt64
    var lag_ms: Double
  }
  struct File: Decodable {
    var path: String
    var bytes: UInt64
    var rotations: UInt64
    var synced_bytes: UInt64
    var suspect_bytes: UInt64
    var last_error: String
  }
  struct Rings: Decodable { var bytes_used: UInt64 }
  var state: String
  var reason: String
  var records_received: UInt64
  var records_written: UInt64
  var records_dropped: UInt64
  var records_handed_off: UInt64
  var records_in_batch: UInt64
  var records_late: UInt64
  var wakeups: UInt64
  var bytes_written: UInt64
  var severity: String
  var lines_malformed: UInt64
  var lines_cut: UInt64
  var records_suppressed: UInt64
  var memory_bytes: UInt64
  var clients: [Client]
  var file: File
  var rings: Rings

  /// Every record that was taken is somewhere.
  var isBalanced: Bool {
    records_received
      == records_written + records_dropped + records_handed_off + records_in_batch
  }
}

extension Place {
  /// What the daemon of this place says of itself now.
  func status(sourceLocation: SourceLocation = #_sourceLocation) throws -> Status {
    let end = try run(.logctl, ["status", "--json"])
    #expect(end.ending == .exited(0), "\(end.errors)", sourceLocation: sourceLocation)
    return try JSONDecoder().decode(Status.self, from: Data(end.output.utf8))
  }
}
