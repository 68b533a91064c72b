internal import Glibc
internal import LogdPlatform

extension LogFile {
  /// Whether a file is still what its path names.
  enum Presence: Equatable, Sendable {
    case present
    /// The path is another file's, or nobody's for the moment: renamed, as logrotate does before it
    /// sends SIGHUP.
    case renamed
    /// It has no name any more, or the file system it is on has been unmounted: nobody finds what is
    /// written to it.
    case gone
  }

  /// Asks the disk: not to be called on the I/O thread.
  var presence: Presence {
    guard let own = try? status, own.links > 0 else { return .gone }
    if Self.directoryDevice(path) != directoryDevice { return .gone }
    guard let named = try? FileStatus(of: path) else { return .renamed }
    return named.identity == own.identity ? .present : .renamed
  }

  /// The file system that the directory is on; that of the file is another one on an overlay.
  static func directoryDevice(_ path: String) -> UInt64? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    // Removed: then it is not on the one that it was on.
    return (try? FileStatus(of: "\(path[..<slash])/"))?.identity.device
  }
}
