internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The one file. Appends only; never truncates.
// SAFETY: opened by one thread, then handed to the writer, which alone uses it from then on.
final class LogFile: @unchecked Sendable {
  /// What tells one file from another: inode numbers are reused, so also when it was made.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    let birth: Int64

    func isOf(_ status: FileStatus) -> Bool {
      status.identity.device == device && status.identity.inode == inode
    }
  }

  let path: String
  let identity: Identity
  /// Where the next byte goes, if nobody else appends.
  private(set) var offset: UInt64
  private let file: Descriptor
  /// Of its directory, when it was opened.
  let directoryDevice: UInt64?
  /// Whether it ends in a whole line: only then a batch can begin.
  private(set) var endsInLine = false

  var raw: Int32 { file.raw }

  /// When it was begun, seconds since 1970; an empty one, and where nobody knows, now.
  var begun: Int64 {
    let now = Clock.realtimeNanoseconds()
    return (identity.birth > 0 && offset > 0 ? identity.birth : now) / 1_000_000_000
  }

  /// What the kernel knows of it now, fstat(2).
  var status: FileStatus { get throws(Errno) { try FileStatus(of: file) } }

  /// Opens the file, or makes it with `mode`, and gives it to `group`.
  convenience init(_ path: String, mode: UInt32, group: UInt32?) throws(SystemError) {
    do throws(Errno) {
      let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
      let fd = unsafe open(path, flags, mode_t(mode))
      guard fd >= 0 else { throw Errno.current }
      try self.init(path, Descriptor(owning: fd))
    } catch {
      throw SystemError("open", "the log file \(path)", error)
    }
    guard let group, (try? status)?.group != group, fchown(file.raw, .max, group) != 0 else {
      return
    }
    let errno = Errno.current
    throw SystemError(
      "give to group \(group), of which logd has to be a member,", "the log file \(path)", errno)
  }

  /// What stands in the place of the file where none is kept: nothing is ever written to it.
  static func absent() throws(SystemError) -> LogFile {
    let fd = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    guard fd >= 0 else { throw SystemError("open", "/dev/null", .current) }
    return LogFile(absent: Descriptor(owning: fd))
  }

  var isAbsent: Bool { path.isEmpty }

  /// Opens a file that is there, to append to it.
  convenience init(existing path: String) throws(Errno) {
    let fd = unsafe open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
    guard fd >= 0 else { throw Errno.current }
    try self.init(path, Descriptor(owning: fd))
  }

  /// A log file that an earlier daemon had open, wherever it is now; nil: it has no name any more,
  /// or it is not what it should be.
  convenience init?(stored: consuming Descriptor, path: String) {
    guard let status = try? FileStatus(of: stored), status.links > 0 else { return nil }
    try? self.init(path, stored)
  }

  private init(absent file: consuming Descriptor) {
    path = ""
    identity = Identity(device: 0, inode: 0, birth: 0)
    offset = 0
    directoryDevice = nil
    endsInLine = true
    self.file = file
  }

  private init(_ path: String, _ file: consuming Descriptor) throws(Errno) {
    var status = stat()
    guard unsafe fstat(file.raw, &status) == 0 else { throw Errno.current }
    // A directory says EISDIR at open; a FIFO, a device or a socket would lose or stall.
    guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(EINVAL) }
    self.path = path
    identity = Identity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      birth: clinux_birth_ns(file.raw))
    offset = UInt64(status.st_size)
    directoryDevice = Self.directoryDevice(path)
    self.file = file
  }

  /// A file that does not end in a newline gets one: the next record begins a line of its own.
  ///
  /// Never while a batch is being written, which may stand in the middle of a line.
  func endLastLine() throws(Errno) {
    if endsInLine { return }
    guard offset > 0 else {
      endsInLine = true
      return
    }
    var byte: UInt8 = 0
    guard unsafe pread(file.raw, &byte, 1, off_t(offset - 1)) == 1 else { throw Errno.current }
    if byte != UInt8(ascii: "\n") {
      byte = UInt8(ascii: "\n")
      guard unsafe write(file.raw, &byte, 1) == 1 else { throw Errno.current }
      offset += 1
    }
    endsInLine = true
  }

  /// Sees to it that so many more bytes can be written as a whole: a batch that finds room for a part
  /// of it would have to be finished here. Where the file system cannot say, it is taken for granted.
  func reserve(_ byteCount: Int) throws(Errno) {
    _ = try check(clinux_reserve_room(file.raw, offset, UInt64(byteCount)))
  }

  /// Goes on from where the file ends now: somebody else may have emptied it, as `copytruncate` of
  /// logrotate does, or appended to it. Between two batches; asks no disk.
  func findEnd() {
    // An open file has a size. Should it not tell, the write that follows says why.
    guard let bytes = try? status.bytes, bytes != offset else { return }
    offset = bytes
    endsInLine = false
  }

  func advance(_ byteCount: Int) { offset += UInt64(byteCount) }
}
