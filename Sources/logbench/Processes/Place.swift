internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Where a measurement has its files: a directory on a disk for logs, and one for sockets.
///
/// The runtime directory is in memory, as /run is, when there is such a place.
struct Place: Sendable {
  let directory: String
  let runtimeDirectory: String
  /// What the logs are on: ext4, xfs, tmpfs, …
  let fileSystem: String

  /// Makes a new directory below `parent`; refuses a file system in memory unless that is allowed.
  init(below parent: String?, allowMemory: Bool) throws {
    let parent = parent ?? Self.defaultParent
    fileSystem = try Self.fileSystem(of: parent)
    if fileSystem == "tmpfs", !allowMemory {
      throw Failure("\(parent) is in memory (tmpfs): name a place on a disk, or --allow-memory")
    }
    directory = try Self.makeDirectory(below: parent)
    let shared = "/dev/shm"
    let inMemory = unsafe access(shared, W_OK) == 0
    runtimeDirectory = inMemory ? try Self.makeDirectory(below: shared) : directory
  }

  func file(_ name: String) -> String { directory + "/" + name }

  /// Removes a file, if it is there.
  func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Removes both directories with all that lies in them.
  func removeAll() {
    for directory in Set([directory, runtimeDirectory]) { Self.removeDirectory(directory) }
  }

  private static var defaultParent: String {
    if unsafe access(".build", W_OK) == 0 { return ".build" }
    return unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
  }

  private static func makeDirectory(below parent: String) throws -> String {
    guard let real = unsafe realpath(parent, nil) else {
      throw SystemError("find", parent, .current)
    }
    defer { unsafe free(real) }
    var template = unsafe Array((String(cString: real) + "/logbench-XXXXXX").utf8CString)
    guard let made = unsafe mkdtemp(&template) else { throw SystemError("make", parent, .current) }
    return unsafe String(cString: made)
  }

  private static func removeDirectory(_ path: String) {
    guard let stream = unsafe opendir(path) else { return }
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { _ = unsafe unlink(path + "/" + name) }
    }
    unsafe closedir(stream)
    _ = unsafe rmdir(path)
  }

  private static func fileSystem(of path: String) throws -> String {
    var status = statfs()
    guard unsafe statfs(path, &status) == 0 else { throw SystemError("look at", path, .current) }
    switch status.f_type {  // statfs(2), linux/magic.h
    case 0xef53: return "ext4"
    case 0x5846_5342: return "xfs"
    case 0x9123_683e: return "btrfs"
    case 0x0102_1994: return "tmpfs"
    case 0x794c_7630: return "overlayfs"
    default: return "file system 0x" + String(status.f_type, radix: 16)
    }
  }
}
