internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Where the daemon sends its messages, `NOTIFY_SOCKET` of sd_notify(3).
///
/// A file without a name that only this user reaches, through our /proc/PID/fd: nobody else can
/// fill its queue, and nothing is left behind when we are killed.
final class SupervisorSocket: EventHandler {
  private let socket: Descriptor
  private let file: Descriptor
  private var buffer = [UInt8](repeating: 0, count: 4096)
  private var numbers = [Int32](repeating: -1, count: Int(CLINUX_MESSAGE_FDS_MAX))
  /// Called with each message of ``sender``, and the descriptors that came with it.
  var take: ((Notification, _ descriptors: ArraySlice<Int32>) -> Void)?
  /// Whose messages count.
  var sender: Int32 = 0

  init() throws(Errno) {
    var file: Int32 = -1
    socket = Descriptor(owning: try Self.make(&file))
    self.file = Descriptor(owning: file)
  }

  private static func make(_ file: inout Int32) throws(Errno) -> Int32 {
    // SAFETY: literals, which live for ever.
    let places = ["/tmp", "/run", "/dev/shm"] as [StaticString]
    let pointers = unsafe places.map { place -> UnsafePointer<CChar>? in
      unsafe UnsafeRawPointer(place.utf8Start).assumingMemoryBound(to: CChar.self)
    }
    return try check(unsafe clinux_notify_socket(pointers + [nil], &file))
  }

  /// Where a child of this process finds it.
  var address: String { "/proc/\(clinux_getpid())/fd/\(file.raw)" }

  func add(to loop: EventLoop) throws(Errno) { _ = try loop.add(socket.raw, .readable, self) }

  func ready(_ events: Events) { readAll() }

  /// Takes everything that has been sent so far. Never blocks.
  func readAll() {
    while true {
      var (pid, count): (Int32, Int32) = (0, 0)
      let bytes = unsafe clinux_receive_notification(
        socket.raw, &buffer, UInt64(buffer.count), &pid, &numbers, &count)
      if bytes < 0, bytes != -Int64(EMSGSIZE) { return }
      let descriptors = numbers.prefix(Int(count))
      if bytes > 0, pid == sender {
        take?(Notification(buffer.prefix(Int(bytes))), descriptors)
      } else {
        for descriptor in descriptors { _ = clinux_close(descriptor) }
      }
    }
  }
}
