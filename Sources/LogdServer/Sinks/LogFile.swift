internal import Glibc
internal import LogdPlatform

/// The one file. Appends only; never truncates.
// SAFETY: opened by one thread, then handed to the writer, which alone uses it from then on.
final class LogFile: @unchecked Sendable {
  /// What tells one file from another, stat(2).
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  let path: String
  let identity: Identity
  /// Where the next byte goes, if nobody else appends.
  private(set) var offset: UInt64
  private let file: Descriptor

  var raw: Int32 { file.raw }

  /// Opens the file, or makes it with `mode` (and `group`). A file that does not end in a newline
  /// gets one: the first record begins a line of its own.
  init(_ path: String, mode: UInt32, group: UInt32?) throws(SystemError) {
    self.path = path
    do throws(Errno) {
      let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
      let fd = unsafe open(path, flags, mode_t(mode))
      guard fd >= 0 else { throw Errno.current }
      file = Descriptor(owning: fd)
      var status = stat()
      guard unsafe fstat(fd, &status) == 0 else { throw Errno.current }
      // A directory says EISDIR at open; a FIFO, a device or a socket would lose or stall.
      guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(EINVAL) }
      if let group, status.st_gid != group, fchown(fd, .max, group) != 0 { throw Errno.current }
      identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      offset = UInt64(status.st_size)
      try endLastLine()
    } catch {
      throw SystemError("open", "the log file \(path)", error)
    }
  }

  private func endLastLine() throws(Errno) {
    guard offset > 0 else { return }
    var last: UInt8 = 0
    guard unsafe pread(file.raw, &last, 1, off_t(offset - 1)) == 1 else { throw Errno.current }
    guard last != UInt8(ascii: "\n") else { return }
    var newline = UInt8(ascii: "\n")
    guard unsafe write(file.raw, &newline, 1) == 1 else { throw Errno.current }
    offset += 1
  }

  func advance(_ byteCount: Int) { offset += UInt64(byteCount) }
}
