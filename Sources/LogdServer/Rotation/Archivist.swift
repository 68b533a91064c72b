internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Removes archives that are too many, too large together, or too old, and compresses the others. On
/// a thread of its own that nobody waits for.
///
/// Touches nothing but regular files of the daemon's own user that are called as ``ArchiveNames``
/// says and are in the log file's directory; neither a link, nor a file that the writer has open.
struct Archivist: Sendable {
  let names: ArchiveNames
  let settings: Configuration.Rotation
  let stop: StopFlag

  struct Outcome: Sendable {
    /// When the next archive has become too old, seconds since 1970.
    var nextExpiry: Int64?
    var failure: SystemError?
  }

  /// `current`: the file that the writer has open, whatever it is called by now.
  func run(current: LogFile.Identity) -> Outcome {
    var outcome = Outcome()
    let retention = Retention(settings: settings)
    if retention.isUnlimited, settings.compression == .none { return outcome }
    do throws(SystemError) {
      try removeUnfinished()
      // What would go by its number or its age anyway is not compressed first; what goes for its
      // size may be small enough then.
      var lasting = settings
      (lasting.keptBytes, lasting.freeBytesMin) = (0, 0)
      _ = try prune(Retention(settings: lasting), current)
      try compress(current)
      let left = try prune(retention, current)
      outcome.nextExpiry = left.first.flatMap { retention.expiry(of: $0.archive) }
    } catch {
      outcome.failure = error
    }
    return outcome
  }

  /// What is left, oldest first.
  private func prune(
    _ retention: Retention, _ current: LogFile.Identity
  ) throws(SystemError) -> ArraySlice<Retention.Kept> {
    let archives = try archives(current)
    let now = Clock.realtimeNanoseconds() / 1_000_000_000
    let count = retention.surplus(archives, now: now, freeBytes: freeBytes)
    for kept in archives.prefix(count) { try remove(kept.archive.name) }
    return archives.dropFirst(count)
  }

  private func compress(_ current: LogFile.Identity) throws(SystemError) {
    guard settings.compression != .none else { return }
    let compressor = Compressor(names: names, compression: settings.compression, stop: stop)
    for kept in try archives(current) where !kept.archive.isCompressed && !stop.isSet {
      try compressor.compress(kept.archive.name)
    }
  }

  /// Of a daemon that was killed or stopped while it compressed.
  private func removeUnfinished() throws(SystemError) {
    for name in try found() where Compressor.isUnfinished(name, names) { try remove(name) }
  }

  private func found() throws(SystemError) -> [String] {
    try SystemError.naming("read", names.directory) { () throws(Errno) in
      try Directory.names(in: names.directory)
    }
  }

  /// Those that are ours to remove, oldest first.
  private func archives(_ current: LogFile.Identity) throws(SystemError) -> [Retention.Kept] {
    try found().compactMap(names.archive).compactMap { archive in
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
