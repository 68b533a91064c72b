internal import CLinux
public import LogdPlatform

/// A connection to control.sock for a program that has nothing else to do meanwhile: it blocks.
///
/// Every wait has a timeout, so that a stopped daemon does not stop who asks it.
public final class ControlClient {
  /// The status of thousands of clients has a megabyte; more than this is not a daemon of ours.
  private static let replyBytesMax = 64 << 20

  package let descriptor: Descriptor
  private let path: String
  private var received: [UInt8] = []

  /// Connects to the daemon of a runtime directory.
  public convenience init(
    runtimeDirectory: String, timeoutNanoseconds: UInt64 = 2_000_000_000
  ) throws(ControlError) {
    let path = "\(runtimeDirectory)/control.sock"
    do {
      self.init(
        try Self.connect(path, deadline: clinux_monotonic_ns() + timeoutNanoseconds), path: path)
    } catch {
      throw .unreachable(path: path, error)
    }
  }

  /// Takes over a connected nonblocking socket; `path` is what it is called in errors.
  public init(_ descriptor: consuming Descriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Of a stream socket, a full queue is EAGAIN, and nothing says when it has room.
  private static func connect(_ path: String, deadline: UInt64) throws(Errno) -> Descriptor {
    let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
    while true {
      do {
        _ = try check(unsafe clinux_connect(socket.raw, path))
        return socket
      } catch {
        guard error.isWouldBlock, clinux_monotonic_ns() < deadline else { throw error }
        _ = clinux_poll(-1, 0, 5)
      }
    }
  }

  public func status() throws(ControlError) -> StatusSnapshot {
    try call(VarlinkCall(ControlInterface.Method.getStatus), ReplyParameters.Status.self).status
  }

  public func clients() throws(ControlError) -> [ClientSnapshot] {
    try call(VarlinkCall(ControlInterface.Method.listClients), ReplyParameters.Clients.self)
      .clients
  }

  /// Returns when everything that was logged before is in the file, or on the disk if `durable`.
  ///
  /// - Throws: ``ControlError/refused(error:remaining:text:)`` with the number of records that
  ///   remain when `timeoutMilliseconds` have passed.
  public func flush(durable: Bool, timeoutMilliseconds: Int) throws(ControlError) {
    let parameters: [String: VarlinkCall.Value] = [
      "durable": .boolean(durable), "timeout_ms": .integer(timeoutMilliseconds),
    ]
    _ = try call(
      VarlinkCall(ControlInterface.Method.flush, parameters), ReplyParameters.None.self,
      timeoutNanoseconds: UInt64(timeoutMilliseconds) * 1_000_000 + 2_000_000_000)
  }

  /// Nothing below the severity of that name is written from now on, until a reload or a restart.
  public func setSeverity(_ name: String) throws(ControlError) {
    let parameters = ["severity": VarlinkCall.Value.string(name)]
    _ = try call(
      VarlinkCall(ControlInterface.Method.setSeverity, parameters), ReplyParameters.None.self)
  }

  /// Makes the log file an archive; its path, or nil if the log file was empty.
  public func rotate() throws(ControlError) -> String? {
    try call(
      VarlinkCall(ControlInterface.Method.rotate), ReplyParameters.Rotated.self,
      timeoutNanoseconds: 60_000_000_000
    ).archive
  }

  /// Returns when the daemon has read its configuration again.
  public func reload() throws(ControlError) {
    _ = try call(
      VarlinkCall(ControlInterface.Method.reload), ReplyParameters.None.self,
      timeoutNanoseconds: 60_000_000_000)
  }

  /// Returns when everything that was logged before is on the disk. Throws as
  /// ``flush(durable:timeoutMilliseconds:)``.
  public func sync(timeoutMilliseconds: Int) throws(ControlError) {
    _ = try call(
      VarlinkCall(
        ControlInterface.Method.sync, ["timeout_ms": .integer(timeoutMilliseconds)]),
      ReplyParameters.None.self,
      timeoutNanoseconds: UInt64(timeoutMilliseconds) * 1_000_000 + 2_000_000_000)
  }

  /// One call and its one reply.
  public func call<Parameters: Codable & Sendable>(
    _ call: VarlinkCall, _ type: Parameters.Type, timeoutNanoseconds: UInt64 = 2_000_000_000
  ) throws(ControlError) -> Parameters {
    try send(ControlJSON.encode(call), timeoutNanoseconds: timeoutNanoseconds)
    let message = try receive(timeoutNanoseconds: timeoutNanoseconds)
    let reply = try? ControlJSON.decode(VarlinkReply<Parameters>.self, from: message)
    if let reply, reply.error == nil, let parameters = reply.parameters { return parameters }
    // No answer: an error, or nothing of ours.
    guard let failure = try? ControlJSON.decode(Failure.self, from: message) else {
      throw .incomprehensible(path: path)
    }
    throw .refused(
      error: failure.error, remaining: failure.parameters?.remaining,
      text: failure.parameters?.text ?? "")
  }

  /// Sends one message; the NUL is added.
  public func send(_ message: [UInt8], timeoutNanoseconds: UInt64) throws(ControlError) {
    let deadline = clinux_monotonic_ns() + timeoutNanoseconds
    var rest = (message + [0])[...]
    while !rest.isEmpty {
      let count: Int64 = unsafe rest.withUnsafeBytes { bytes in
        unsafe clinux_send(descriptor.raw, bytes.baseAddress, UInt64(bytes.count))
      }
      if try advanced(count) { rest = rest.dropFirst(Int(count)) } else { try wait(4, deadline) }
    }
  }

  /// The next message without its NUL.
  public func receive(timeoutNanoseconds: UInt64) throws(ControlError) -> [UInt8] {
    let deadline = clinux_monotonic_ns() + timeoutNanoseconds
    var scanned = 0
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      if let end = received[scanned...].firstIndex(of: 0) {
        defer { received.removeSubrange(...end) }
        return Array(received[..<end])
      }
      scanned = received.count
      let count: Int64 = unsafe clinux_receive(
        descriptor.raw, &chunk, UInt64(chunk.count), false)
      if count == 0 || scanned > Self.replyBytesMax { throw .disconnected(path: path) }
      if try advanced(count) { received += chunk[..<Int(count)] } else { try wait(1, deadline) }
    }
  }

  /// Whether a call moved bytes; `false`: it would have had to wait.
  private func advanced(_ result: Int64) throws(ControlError) -> Bool {
    if result >= 0 { return true }
    let errno = Errno(Int32(-result))
    if errno.isWouldBlock { return false }
    throw .disconnected(path: path)
  }

  private func wait(_ events: Int32, _ deadline: UInt64) throws(ControlError) {
    let now = clinux_monotonic_ns()
    if now >= deadline { throw .silent(path: path) }
    // Whatever poll says, even EINTR, the next attempt and the deadline decide.
    _ = clinux_poll(descriptor.raw, events, Int32(clamping: (deadline - now) / 1_000_000 + 1))
  }

  /// Only what an error reply may hold.
  private struct Failure: Codable {
    var error: String
    var parameters: Parameters?

    struct Parameters: Codable {
      var remaining: Int?
      var reason: String?
      var parameter: String?
      var method: String?

      var text: String? { reason ?? parameter ?? method }
    }
  }
}
