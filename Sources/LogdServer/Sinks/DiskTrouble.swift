internal import LogdPlatform

/// What is wrong with the disk, or with a journald that takes its place, in words for people.
struct DiskTrouble: Equatable {
  /// "cannot write /var/log/logd/logd.log: No space left on device"
  let what: String
  /// CLOCK_MONOTONIC.
  let since: UInt64
  let fate: Fate

  /// What becomes of records.
  enum Fate: Equatable {
    /// They do not get where they belong, and wait in the rings.
    case wait
    /// So many have gone to journald instead.
    case handedOff(UInt64)
    /// They are in the file, and perhaps not on the disk.
    case inDoubt
  }
}

extension WriterReport.Snapshot {
  /// A sync may take its time after seconds of writing at full speed; a write may not.
  static let syncSilenceNanoseconds: UInt64 = 5_000_000_000

  /// What keeps records from where they belong, or puts them in doubt; nil: nothing.
  func trouble(_ now: UInt64) -> DiskTrouble? { journaldTrouble(now) ?? diskTrouble(now) }

  /// What is wrong with a journald that has to take records, as there is no file for them.
  func journaldTrouble(_ now: UInt64) -> DiskTrouble? {
    guard let handing, now > handing.since &+ FileSink.silenceNanoseconds else { return nil }
    let what = handing.errno.map {
      "\(SystemError("hand over to journald at", Journald.socket, $0))"
    }
    return DiskTrouble(
      what: what ?? "journald does not answer", since: handing.since, fate: .wait)
  }

  /// What is wrong at the instant `now`, the worst first; nil: nothing.
  func diskTrouble(_ now: UInt64) -> DiskTrouble? {
    let path = file.handle.path
    if writingSince > 0, now > writingSince &+ FileSink.silenceNanoseconds {
      return DiskTrouble(
        what: "the disk has not answered a write to \(path)", since: writingSince,
        fate: .wait)
    }
    let fate = fallback.map { DiskTrouble.Fate.handedOff(counters.handedOff &- $0) } ?? .wait
    if let refusal = file.refusal {
      return DiskTrouble(what: refusal.error.description, since: refusal.since, fate: fate)
    }
    if let held {
      let error = SystemError("make anew", path, held.errno)
      return DiskTrouble(what: "\(error)", since: held.since, fate: fate)
    }
    if syncingSince > 0, now > syncingSince &+ Self.syncSilenceNanoseconds {
      return DiskTrouble(
        what: "the disk has not answered a sync of \(path)", since: syncingSince,
        fate: .inDoubt)
    }
    return file.unsynced.map {
      DiskTrouble(what: $0.error.description, since: $0.since, fate: .inDoubt)
    }
  }
}
