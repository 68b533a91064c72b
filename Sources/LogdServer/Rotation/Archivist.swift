internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Removes archives that are too many, too large together, or too old. On a thread of its own that
/// nobody waits for.
///
/// Touches nothing but regular files of the daemon's own user that are called as ``ArchiveNames``
/// says and are in the log file's directory; neither a link, nor a file that the writer has open.
struct Archivist: Sendable {
  let names: ArchiveNames
  let settings: Configuration.Rotation

  struct Outcome: Sendable {
    /// When the next archive has become too old, seconds since 1970.
    var nextExpiry: Int64?
    var failure: SystemError?
  }

  /// `current`: the file that the writer has open, whatever it is called by now.
  func run(current: LogFile.Identity) -> Outcome {
    var outcome = Outcome()
    let retention = Retention(settings: settings)
    if retention.isUnlimited { return outcome }
    do throws(SystemError) {
      let archives = try archives(current)
      let now = Clock.realtimeNanoseconds() / 1_000_000_000
      let count = retention.surplus(archives, now: now, freeBytes: freeBytes)
      for kept in archives.prefix(count) { try remove(kept.archive.name) }
      outcome.nextExpiry = archives.dropFirst(count).first.flatMap {
        retention.expiry(of: $0.archive)
      }
    } catch {
      outcome.failure = error
    }
    return outcome
  }

  /// Those that are ours to remove, oldest first.
  private func archives(_ current: LogFile.Identity) throws(SystemError) -> [Retention.Kept] {
    let found = try SystemError.naming("read", names.directory) { () throws(Errno) in
      try Directory.names(in: names.directory)
    }
    return found.compactMap(names.archive).compactMap { archive in
      // Gone meanwhile: nothing to do for us.
      guard let status = try? FileStatus(of: names.path(archive.name), followingLinks: false),
        status.kind == .regular, status.owner == geteuid(),
        !current.isOf(status)
      else { return nil }
      return Retention.Kept(archive: archive, bytes: status.bytes)
    }.sorted { $0.archive.isOlder(than: $1.archive) }
  }

  private func remove(_ name: String) throws(SystemError) {
    guard unsafe unlink(names.path(name)) != 0 else { return }
    let errno = Errno.current
    if !errno.isMissing { throw SystemError("remove", names.path(name), errno) }
  }

  /// Where that is not known nothing is removed for it.
  private var freeBytes: UInt64 {
    let bytes = unsafe clinux_free_bytes(names.directory)
    return bytes < 0 ? .max / 2 : UInt64(bytes)
  }
}
