internal import Glibc
internal import LogdPlatform
internal import Testing

/// A file system of a test's own, in `disk` of its place; unmounted with this object, though files
/// may be open on it.
final class Disk {
  let path: String
  private let place: Place

  static var canMount: Bool {
    let loops = unsafe access("/dev/loop-control", R_OK)
    let mkfs = unsafe access(Program.mkfs.path, X_OK)
    return getuid() == 0 && loops == 0 && mkfs == 0
  }

  /// The log file of the place is on it from now on.
  private init(_ place: Place) throws {
    self.place = place
    path = place.file("disk")
    guard unsafe mkdir(path, 0o700) == 0 else { throw SystemError("make", path, .current) }
    place.logFile = path + "/logd.log"
  }

  convenience init(tmpfs place: Place, megabytes: Int) throws {
    try self.init(place)
    try run(.mount, ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
  }

  /// An ext4 in a file.
  convenience init(ext4 place: Place, _ options: String = "defaults") throws {
    try self.init(place)
    let image = place.file("image")
    let file = Descriptor(owning: unsafe open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    guard ftruncate(file.raw, 64 << 20) == 0 else { throw SystemError("make", image, .current) }
    try run(.mkfs, ["-q", image])
    try run(.mount, ["-o", "loop,\(options)", image, path])
  }

  deinit { unmount() }

  private func run(_ program: Program, _ arguments: [String]) throws {
    let end = try place.run(program, arguments)
    guard end.ending == .exited(0) else { throw EndToEndFailure("\(program): \(end.errors)") }
  }

  /// Now, although it is in use.
  func unmount() { unsafe _ = umount2(path, Int32(MNT_DETACH)) }

  /// Fills all but so many bytes.
  func fill(but bytes: Int) throws {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { throw SystemError("ask", path, .current) }
    let room = Int(status.f_bavail) * Int(status.f_bsize)
    let name = path + "/filler"
    let file = Descriptor(owning: unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    let code = posix_fallocate(file.raw, 0, room - bytes)
    guard code == 0 else { throw SystemError("fill", name, Errno(code)) }
  }

  func makeRoom() { unsafe _ = unlink(path + "/filler") }

  /// Freezes it for so long; thawed by a process that survives the test.
  func freeze(seconds: Int) throws {
    try run(
      .env,
      [
        "setsid", "-f", "sh", "-c",
        "sleep \(seconds); /usr/sbin/fsfreeze -u \(path)",
      ])
    try run(.fsfreeze, ["-f", path])
  }

  func thaw() throws { _ = try place.run(.fsfreeze, ["-u", path]) }

  /// Has the kernel find an error on it, on which it makes it read-only for good (mount with
  /// `errors=remount-ro`).
  func makeReadOnly() throws {
    try run(
      .env,
      [
        "sh", "-c",
        "d=$(findmnt -no SOURCE \(path)) && echo 1 > /sys/fs/ext4/${d##*/}/trigger_fs_error",
      ])
  }
}
