internal import CLinux
internal import LogdPlatform

extension Child {
  /// Waits until a connection to the socket at `path` succeeds; throws when the process ends first.
  func waitUntilServing(_ path: String, _ type: clinux_socket_type) throws {
    let deadline = clinux_monotonic_ns() + 10_000_000_000
    while clinux_monotonic_ns() < deadline {
      if let end = endIfEnded() { throw Failure("process \(pid) ended with code \(end.code)") }
      if Self.canConnect(path, type) { return }
      _ = clinux_poll(-1, 0, 2)  // two milliseconds
      try Interruption.check()
    }
    send(9)
    throw Failure("process \(pid) does not serve \(path)")
  }

  private static func canConnect(_ path: String, _ type: clinux_socket_type) -> Bool {
    let number = clinux_socket(Int32(type.rawValue))
    guard number >= 0 else { return false }
    let socket = Descriptor(owning: number)
    return unsafe clinux_connect(socket.raw, path) == 0
  }
}
