internal import CLinux
internal import LogdPlatform

/// One write(2) into a stream socket for each record; a collector on the other side writes the file.
struct SocketSink: RecordSink, ~Copyable {
  static var needsLines: Bool { true }
  private let socket: Descriptor

  init(path: String) throws { socket = try Self.connect(path) }

  private static func connect(_ path: String) throws(SystemError) -> Descriptor {
    do {
      let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
      _ = try check(clinux_set_nonblocking(socket.raw, false))
      _ = try unsafe check(clinux_connect(socket.raw, path))
      return socket
    } catch {
      throw SystemError("connect to", path, error)
    }
  }

  mutating func put(_ bytes: Span<UInt8>) throws {
    let number = socket.raw
    var sent = 0
    while sent < bytes.count {
      // SAFETY: the kernel reads the rest of the span, which lives for the call.
      let count = unsafe bytes.withUnsafeBufferPointer {
        unsafe clinux_write(number, $0.baseAddress! + sent, UInt64($0.count - sent))
      }
      guard count > 0 else { throw Failure("the collector is gone") }
      sent += Int(count)
    }
  }

  /// Nothing: that all has been written is seen when the collector ends.
  mutating func finish() throws -> SinkEnd { SinkEnd() }
}
