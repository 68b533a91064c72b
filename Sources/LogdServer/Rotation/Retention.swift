internal import LogdPlatform

/// Which archives go.
struct Retention: Sendable {
  let settings: Configuration.Rotation

  struct Kept: Sendable {
    let archive: ArchiveNames.Archive
    let bytes: UInt64
  }

  /// Of archives in the order in which they were written, how many of the oldest have to go.
  ///
  /// - Parameters:
  ///   - now: the wall clock, seconds since 1970.
  ///   - freeBytes: what the file system has left; what goes adds to it.
  func surplus(_ archives: [Kept], now: Int64, freeBytes: UInt64) -> Int {
    var bytes = archives.reduce(0) { $0 + $1.bytes }
    var free = freeBytes
    for (index, kept) in archives.enumerated() {
      let left = archives.count - index
      let isTooMany = settings.keptFiles > 0 && left > settings.keptFiles
      let isTooMuch = settings.keptBytes > 0 && bytes > UInt64(settings.keptBytes)
      let isTooOld = expiry(of: kept.archive).map { $0 <= now } ?? false
      let isInTheWay = free < UInt64(settings.freeBytesMin)
      guard isTooMany || isTooMuch || isTooOld || isInTheWay else { return index }
      bytes -= kept.bytes
      free += kept.bytes
    }
    return archives.count
  }

  /// When an archive has become too old, seconds since 1970; nil: never.
  func expiry(of archive: ArchiveNames.Archive) -> Int64? {
    guard settings.keptNanoseconds > 0 else { return nil }
    return archive.closed + Int64(settings.keptNanoseconds / 1_000_000_000)
  }

  var isUnlimited: Bool {
    settings.keptFiles == 0 && settings.keptBytes == 0 && settings.keptNanoseconds == 0
      && settings.freeBytesMin == 0
  }
}
