internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform

/// Where a measurement has its files: a directory on a disk for logs, and one for sockets.
///
/// The runtime directory is in memory, as /run is, when there is such a place.
struct Place: Sendable {
  let directory: String
  let runtimeDirectory: String
  /// What the logs are on: ext4, xfs, tmpfs, …
  let fileSystem: String
  /// Measure in memory as it is found; otherwise it is warmed before each run.
  var isCold = false

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

  /// Holds warm pages for what a run will write into `file`, or none if it is to run cold. Runs of
  /// a kind write pieces of like sizes, so they hand their pages on to each other.
  func warm(
    for file: String, kind: String, _ workload: Workload, _ format: LogFormat, producers: Int
  ) throws -> WarmFile {
    let line = ExpectedLine(format, workload).bytes(pid: getpid(), message: workload.size)
    let bytes = (workload.records + workload.warmup) * producers * line / 20 * 21
    return try WarmFile(path: self.file("warm-" + kind), bytes: isCold ? 0 : bytes, for: file)
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
    var template = Array((try realPath(parent) + "/logbench-XXXXXX").utf8CString)
    guard let made = unsafe mkdtemp(&template) else { throw SystemError("make", parent, .current) }
    return unsafe String(cString: made)
  }

  private static func removeDirectory(_ path: String) {
    for name in names(in: path) { _ = unsafe unlink(path + "/" + name) }
    _ = unsafe rmdir(path)
  }

  /// What is in a directory; nothing when it cannot be read.
  static func names(in path: String) -> [String] {
    guard let stream = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // SAFETY: the name ends with a NUL inside its field.
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// The type of the mount that the path is on, proc_pid_mountinfo(5): of those whose point is
  /// above the path, the lowest, and the last that was mounted there.
  private static func fileSystem(of path: String) throws -> String {
    let path = try realPath(path)
    var found = (depth: -1, type: "an unknown file system")
    for line in (readText("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 4, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
        continue
      }
      let point = words[4] == "/" ? "" : String(words[4])
      guard path == point || path.hasPrefix(point + "/"), point.count >= found.depth else {
        continue
      }
      found = (point.count, String(words[dash + 1]))
    }
    return found.type
  }

  /// realpath(3): absolute, without links.
  private static func realPath(_ path: String) throws -> String {
    guard let real = unsafe realpath(path, nil) else { throw SystemError("find", path, .current) }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }
}
