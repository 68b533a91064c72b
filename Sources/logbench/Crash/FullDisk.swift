internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A file system in memory, in a mount namespace of our own, that can be filled and freed.
struct FullDisk {
  private let directory: String
  private let ballast: String

  /// Mounts it on `directory`. It is gone with the last process that we have started.
  init(_ directory: String, bytes: Int) throws {
    self.directory = directory
    ballast = directory + "/ballast"
    let result = unsafe clinux_mount_memory(directory, UInt64(bytes))
    guard result == 0 else { throw SystemError("mount a tmpfs on", directory, Errno(-result)) }
  }

  /// Takes all room that is left.
  func fill() throws {
    let number = unsafe open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard number >= 0 else { return }  // not even room for a name: full
    defer { close(number) }
    let piece = [UInt8](repeating: 0x2e, count: 1 << 20)
    var count = piece.count
    while count > 0 {
      if unsafe write(number, piece, count) <= 0 { count /= 2 }
    }
  }

  func free() { _ = unsafe unlink(ballast) }

  /// Nobody needs it any more.
  func unmount() { _ = unsafe clinux_unmount(directory) }
}
