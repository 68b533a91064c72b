internal import LogdPlatform
internal import LogdWire

/// Looks after the disk once a second while records are written, and more often while something is
/// wrong. On the I/O thread; what may wait for the disk is done on the syncer's.
///
/// - Says on standard error when trouble begins, once, and when journald takes the file's place.
/// - Sees that the file has vanished, and has a new one made at its path. One that was only renamed
///   is left to the SIGHUP that follows a rename, for a grace time.
///
/// Nobody writes and nothing is wrong: there is no timer.
// SAFETY: confined to the loop's thread; others only pass it back there.
final class DiskWatch: @unchecked Sendable {
  private let loop: EventLoop
  private let writer: Writer
  private let syncer: Syncer
  private let files: FileSuccession
  private var timer: UInt64?
  private var bytesSeen: UInt64 = 0
  private var isTold = false
  private var isFallbackTold = false
  private var askedForRoom: UInt64 = 0
  private var isChecking = false
  private var renamedSince: UInt64?
  /// The file for which the writer has been sent another one.
  private var replaced: LogFile.Identity?
  private var saidItCannot = false
  /// Trouble has begun, or is over.
  var changed: () -> Void = {}
  /// Writes are refused: room may help.
  var needsRoom: () -> Void = {}

  static let graceNanoseconds: UInt64 = 5_000_000_000
  private static let lookNanoseconds: UInt64 = 1_000_000_000
  private static let troubledLookNanoseconds: UInt64 = 250_000_000

  init(_ loop: EventLoop, _ writer: Writer, _ syncer: Syncer, _ files: FileSuccession) {
    self.loop = loop
    self.writer = writer
    self.syncer = syncer
    self.files = files
  }

  /// The writer writes again after a while, or has met with trouble.
  func attend() {
    let now = Clock.monotonicNanoseconds()
    if tell(writer.report.snapshot, now) { return lookAgain(isTroubled: true) }
    if timer == nil { lookAgain(isTroubled: false) }
  }

  private func lookAgain(isTroubled: Bool) {
    if let timer { loop.cancel(timer) }
    let pause = isTroubled ? Self.troubledLookNanoseconds : Self.lookNanoseconds
    timer = loop.after(pause) { [weak self] in self?.look() }
    writer.report.isWatched = true
  }

  private func look() {
    timer = nil
    writer.report.isWatched = false
    let now = Clock.monotonicNanoseconds()
    let snapshot = writer.report.snapshot
    let isTroubled = tell(snapshot, now)
    if !snapshot.file.handle.isAbsent { check(snapshot.file.handle, now) }
    let isBusy =
      snapshot.file.bytes != bytesSeen || snapshot.writingSince > 0 || snapshot.syncingSince > 0
      || snapshot.handing != nil
    bytesSeen = snapshot.file.bytes
    if isTroubled || isBusy || renamedSince != nil { lookAgain(isTroubled: isTroubled) }
  }

  /// Whether something is wrong.
  private func tell(_ snapshot: WriterReport.Snapshot, _ now: UInt64) -> Bool {
    let trouble = snapshot.trouble(now)
    let isFallback = snapshot.fallback != nil
    if let trouble, !isTold || isFallback && !isFallbackTold {
      let fate =
        switch trouble.fate {
        case .wait: "; records wait in the rings"
        case .handedOff: "; records go to journald"
        case .inDoubt: ""
        }
      StandardError.warn("logd: \(trouble.what)\(fate)", severity: 3)
    }
    isFallbackTold = isFallback
    // Again and again: what was removed may be taken by others at once.
    if snapshot.file.refusal != nil, now &- askedForRoom >= Self.lookNanoseconds {
      askedForRoom = now
      needsRoom()
    }
    if isTold != (trouble != nil) {
      isTold.toggle()
      changed()
    }
    return isTold
  }

  // MARK: a file that vanishes

  private enum Finding: Sendable {
    case present, renamed, replaced
    case cannotReplace(Errno, isGone: Bool)
  }

  private func check(_ file: LogFile, _ now: UInt64) {
    if replaced != file.identity { replaced = nil }
    guard !isChecking, replaced == nil else { return }
    isChecking = true
    let hasWaited = renamedSince.map { now &- $0 >= Self.graceNanoseconds } ?? false
    let (loop, inbox, files) = (loop, writer.inbox, files)
    // The service keeps both as long as the process lives.
    let found: @Sendable (Finding) -> Void = { [unowned self] finding in
      loop.post { [unowned self] in noted(finding, of: file) }
    }
    syncer.run {
      let presence = file.presence
      if presence == .present { return found(.present) }
      if presence == .renamed, !hasWaited { return found(.renamed) }
      do throws(SystemError) {
        try files.reopen()
        inbox.say(
          .warning, "the log file was gone, a new one is in its place",
          [("file", file.path), ("bytes_of_the_old", "\((try? file.status.bytes) ?? 0)")])
        found(.replaced)
      } catch {
        found(.cannotReplace(error.errno, isGone: presence == .gone))
      }
    }
  }

  private func noted(_ finding: Finding, of file: LogFile) {
    isChecking = false
    var heldBy: Errno?
    switch finding {
    case .present:
      renamedSince = nil
      saidItCannot = false
    case .renamed: renamedSince = renamedSince ?? Clock.monotonicNanoseconds()
    case .replaced:
      renamedSince = nil
      saidItCannot = false
      replaced = file.identity
    case .cannotReplace(let errno, isGone: true): heldBy = errno
    case .cannotReplace(let errno, isGone: false): sayItCannot(file, errno)
    }
    writer.report.hold(heldBy)
    if heldBy != nil || renamedSince != nil, timer == nil { lookAgain(isTroubled: heldBy != nil) }
  }

  private func sayItCannot(_ file: LogFile, _ errno: Errno) {
    guard !saidItCannot else { return }
    saidItCannot = true
    writer.inbox.say(
      .error, "the log file was renamed and cannot be made anew, writing to the old one",
      [("reason", "\(SystemError("open", file.path, errno))")])
  }
}
