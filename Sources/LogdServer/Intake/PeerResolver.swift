internal import CLinux
internal import CSystemd
internal import Glibc
internal import LogdPlatform

/// What /proc says of a peer; empty where the process was gone before it could be asked.
struct PeerDescription: Sendable {
  var unit = ""
  var comm = ""
}

/// Asks /proc about new clients. It can be slow: on the background thread.
enum PeerResolver {
  /// Has `answer` called on the loop's thread, unless the process is gone by then.
  static func describe(
    pid: Int32, socket: Int32, _ loop: EventLoop, _ background: BackgroundThread,
    _ answer: @escaping (PeerDescription) -> Void
  ) {
    // Holds the process's identity: a pid may be another's by the time /proc is read. Before
    // Linux 6.5 there is none.
    let pidfd = clinux_peer_pidfd(socket)
    // SAFETY: made and called on the loop's thread; the background thread only carries it.
    nonisolated(unsafe) let answer = answer
    background.run {
      let description = PeerDescription(unit: unit(of: pid), comm: comm(of: pid))
      if pidfd >= 0 {
        // A pidfd is readable once its process has ended: then the answer may be another's.
        let hasEnded = clinux_poll(pidfd, 1, 0) != 0
        _ = clinux_close(pidfd)
        if hasEnded { return }
      }
      loop.post { unsafe answer(description) }
    }
  }

  /// The systemd unit, sd_pid_get_unit(3), or the user's unit.
  private static func unit(of pid: Int32) -> String {
    var name: UnsafeMutablePointer<CChar>?
    // SAFETY: the call gives a string to be freed, or a negative errno and nothing.
    if unsafe sd_pid_get_unit(pid, &name) < 0, unsafe sd_pid_get_user_unit(pid, &name) < 0 {
      return ""
    }
    defer { unsafe free(name) }
    return unsafe name.map { unsafe String(cString: $0) } ?? ""
  }

  private static func comm(of pid: Int32) -> String {
    let fd = unsafe open("/proc/\(pid)/comm", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return "" }
    let file = Descriptor(owning: fd)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe clinux_read(file.raw, &bytes, 64)
    guard count > 0 else { return "" }
    return String(decoding: bytes.prefix(Int(count)).prefix { $0 != 10 }, as: UTF8.self)
  }
}
