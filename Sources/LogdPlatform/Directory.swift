internal import Glibc

/// Directories by name.
public enum Directory {
  /// mkdir(2), then chmod(2), because the umask must not decide who reaches our sockets.
  ///
  /// Answers whether it was made: `false` when something of that name is there already, whatever
  /// it is.
  public static func make(_ path: String, mode: UInt32) throws(Errno) -> Bool {
    if unsafe mkdir(path, mode) != 0 {
      let errno = Errno.current
      if errno.rawValue == EEXIST { return false }
      throw errno
    }
    if unsafe chmod(path, mode) != 0 { throw Errno.current }
    return true
  }

  /// ``make(_:mode:)`` for the directory and every missing one above it.
  public static func makeAll(_ path: String, mode: UInt32) throws(Errno) {
    let parts = path.split(separator: "/")
    for count in 1..<max(parts.count, 1) {
      let above = "/" + parts.prefix(count).joined(separator: "/")
      if (try? FileStatus(of: above)) != nil { continue }  // mkdir would say EACCES or EROFS
      _ = try make(above, mode: mode)
    }
    _ = try make(path, mode: mode)
  }

  /// The names in a directory but `.` and `..`, in no order, readdir(3).
  public static func names(in path: String) throws(Errno) -> [String] {
    guard let stream = unsafe opendir(path) else { throw Errno.current }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // SAFETY: d_name ends with a NUL within the entry, which lives until the next readdir.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The absolute form of a path, by getcwd(3); links are not resolved.
  public static func absolute(_ path: String) throws(Errno) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = unsafe getcwd(nil, 0) else { throw Errno.current }
    defer { unsafe free(current) }
    return unsafe String(cString: current) + "/" + path
  }
}
