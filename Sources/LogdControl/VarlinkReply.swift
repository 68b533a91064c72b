/// One reply on control.sock.
public struct VarlinkReply<Parameters: Codable & Sendable>: Codable, Sendable {
  public var parameters: Parameters?
  /// More replies to the same call follow.
  public var continues: Bool?
  /// Interface and name of an error: `io.logd.FlushTimedOut`.
  public var error: String?

  public init(_ parameters: Parameters, continues: Bool = false) {
    self.parameters = parameters
    self.continues = continues ? true : nil
  }

  public init(error: String, _ parameters: Parameters) {
    self.error = error
    self.parameters = parameters
  }
}

/// What the replies of `io.logd` hold, and those of its errors.
public enum ReplyParameters {
  public struct None: Codable, Sendable {
    public init() {}
  }

  public struct Status: Codable, Sendable {
    public var status: StatusSnapshot

    public init(status: StatusSnapshot) { self.status = status }
  }

  public struct Clients: Codable, Sendable {
    public var clients: [ClientSnapshot]

    public init(clients: [ClientSnapshot]) { self.clients = clients }
  }

  public struct FlushTimedOut: Codable, Sendable {
    /// Records that are not in the file (not on the disk, of a durable flush).
    public var remaining: Int

    public init(remaining: Int) { self.remaining = remaining }
  }

  /// Of errors that say how many there can be.
  public struct Limit: Codable, Sendable {
    public var limit: Int

    public init(limit: Int) { self.limit = limit }
  }

  public struct Rotated: Codable, Sendable {
    public var archive: String?

    public init(archive: String?) { self.archive = archive }
  }

  /// Of errors that have a reason.
  public struct Failed: Codable, Sendable {
    public var reason: String

    public init(reason: String) { self.reason = reason }
  }
}
