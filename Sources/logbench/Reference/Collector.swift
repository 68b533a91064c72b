internal import CLinux
internal import LogdPlatform

/// The least that a collector must be: one thread, epoll, stream sockets, whole lines into one file.
final class Collector {
  private static let bufferBytes = 64 << 10

  private final class Connection {
    let socket: Descriptor
    var buffer = [UInt8](repeating: 0, count: Collector.bufferBytes)
    var filled = 0
    init(_ socket: consuming Descriptor) { self.socket = socket }
  }

  private let listener: Descriptor
  private let epoll: Descriptor
  private let file: OutputFile
  private var connections: [UInt64: Connection] = [:]

  init(socketPath: String, filePath: String) throws {
    file = try OutputFile(appendingTo: filePath)
    do {
      listener = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
      epoll = Descriptor(owning: try check(clinux_epoll_create()))
      _ = try unsafe check(clinux_bind(listener.raw, socketPath))
      _ = try check(clinux_listen(listener.raw, 1024))
      _ = try check(clinux_epoll_add(epoll.raw, listener.raw, Events.readable.rawValue, 0))
    } catch {
      throw SystemError("listen at", socketPath, error)
    }
  }

  /// Serves until `count` connections have come and gone.
  func run(connections count: Int) throws {
    var events = [clinux_event](repeating: clinux_event(), count: 64)
    var gone = 0
    while gone < count {
      let ready = unsafe clinux_epoll_wait(epoll.raw, &events, 64, -1)
      for event in events.prefix(Int(max(ready, 0))) {
        if event.data == 0 {
          try accept()
        } else if try !drain(event.data) {
          connections[event.data] = nil
          gone += 1
        }
      }
    }
  }

  private func accept() throws {
    do {
      let socket = Descriptor(owning: try check(clinux_accept(listener.raw)))
      let key = UInt64(socket.raw)
      _ = try check(clinux_epoll_add(epoll.raw, socket.raw, Events.readable.rawValue, key))
      connections[key] = Connection(socket)
    } catch {
      throw SystemError("accept", "a connection", error)
    }
  }

  /// One read(2), and one write(2) of the whole lines that are there. False at the end.
  private func drain(_ key: UInt64) throws -> Bool {
    guard let from = connections[key] else { return true }
    let (filled, room) = (from.filled, from.buffer.count - from.filled)
    // SAFETY: the kernel writes at most `room` bytes behind the first `filled`.
    let count = unsafe from.buffer.withUnsafeMutableBytes {
      unsafe clinux_read(from.socket.raw, $0.baseAddress! + filled, UInt64(room))
    }
    guard count > 0 else { return false }
    from.filled += Int(count)
    guard let newline = from.buffer[..<from.filled].lastIndex(of: 0x0a) else { return true }
    try file.write(from.buffer, first: newline + 1)
    from.buffer.replaceSubrange(
      0..<from.filled - newline - 1, with: from.buffer[newline + 1..<from.filled])
    from.filled -= newline + 1
    return true
  }
}
