internal import CSystemd
internal import Glibc
internal import LogdPlatform

/// The call, sd_journal_sendv(3).
///
/// It blocks while journald is stopped and the queue of its socket is full. What journald does with
/// what it has taken it does not say: no error is no receipt. Where there is no socket at all the call
/// says nothing of it, so that is looked for.
enum Journald {
  static let socket = "/run/systemd/journal/socket"

  /// One record: `NAME=value` for each field, and where each ends. Why it was not taken.
  static func send(_ text: inout [UInt8], _ ends: [Int]) -> Errno? {
    if let errno = absence { return errno }
    let result = unsafe text.withUnsafeMutableBytes { bytes in
      var start = 0
      // SAFETY: each part lies in the buffer, which lives for the call.
      let parts = unsafe ends.map { end in
        defer { start = end }
        return unsafe iovec(
          iov_base: bytes.baseAddress.map { unsafe $0 + start }, iov_len: end - start)
      }
      return unsafe sd_journal_sendv(parts, Int32(parts.count))
    }
    // The socket may have gone since it was looked for.
    return result < 0 ? Errno(-result) : absence
  }

  /// Why there is no socket.
  static var absence: Errno? {
    unsafe access(socket, F_OK) == 0 ? nil : .current
  }

  /// Whether it is refused for what it is: it would be so again.
  static func isOfRecord(_ errno: Errno) -> Bool {
    [EINVAL, E2BIG, EMSGSIZE, EBADMSG].contains(errno.rawValue)
  }
}
