internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A client of lines.sock, or of another door that takes a stream, by hand.
final class TextClient: Sendable {
  let socket: Descriptor

  /// Connects.
  init(_ place: Place, _ door: String = "lines.sock") throws {
    socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
    _ = try check(unsafe clinux_connect(socket.raw, "\(place.runtimeDirectory)/\(door)"))
  }

  /// What comes next.
  func receive() throws(Errno) -> String {
    _ = clinux_poll(socket.raw, 1, 10_000)
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = try check(unsafe clinux_receive(socket.raw, &bytes, UInt64(bytes.count), false))
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Sends all of it, and waits while the daemon does not read.
  func send(_ bytes: [UInt8]) throws(Errno) {
    var sent = 0
    while sent < bytes.count {
      _ = clinux_poll(socket.raw, 4, 10_000)
      let result = unsafe bytes[sent...].withUnsafeBytes { rest in
        unsafe clinux_send(socket.raw, rest.baseAddress, UInt64(rest.count))
      }
      if result == -Int64(EAGAIN) { continue }
      sent += try check(result)
    }
  }

  func send(_ text: String) throws(Errno) { try send(Array(text.utf8)) }

  /// Sends what the socket takes now; how many bytes that were.
  func sendSome(_ bytes: [UInt8]) throws(Errno) -> Int {
    let result = unsafe clinux_send(socket.raw, bytes, UInt64(bytes.count))
    return result == -Int64(EAGAIN) ? 0 : try check(result)
  }

  /// Says that nothing more comes.
  func end() { _ = shutdown(socket.raw, Int32(SHUT_WR)) }

  /// Whether the daemon has closed the connection.
  var isHungUp: Bool { clinux_poll(socket.raw, 0, 0) & 16 != 0 }
}
