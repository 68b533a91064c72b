internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// Has the log file rotated: when it is large, when its time is over, when somebody asks. On the I/O
/// thread; the steps are ``FileRotation``'s, on a thread that may wait for the disk.
///
/// One rotation at a time; who asks meanwhile gets its result. One that fails is said once in the
/// log, and tried again after a second, two, four … at most a minute; the writer goes on in the file
/// it has.
// SAFETY: confined to the loop's thread; others only pass it back there.
final class Rotator: @unchecked Sendable {
  typealias Done = (Result<String?, SystemError>) -> Void

  private let loop: EventLoop
  private let writer: Writer
  /// Empty: no file is kept, there is nothing to rotate or to tidy up.
  private let path: String
  private let names: ArchiveNames
  private let naming = NamingLock()
  /// Opens the log file, or makes it.
  private let open: @Sendable () throws(SystemError) -> LogFile
  private let steps: BackgroundThread
  private let archive: BackgroundThread
  private var settings: Configuration.Rotation
  private var schedule: RotationSchedule
  private var state = State.atRest
  private var waiting: [Done] = []
  private var turnTimer: UInt64?
  private var expiryTimer: UInt64?
  private var pauseNanoseconds: UInt64 = 0
  private var pausedUntil: UInt64 = 0
  private var saidItCannot = false
  /// The batch of the daemon before this one is finished: from then on archives may be touched.
  private var isRecovered = false
  private var isArchiving = false
  private let stopFlag = StopFlag()
  private var archivesAgain = false
  /// Since the daemon began.
  private(set) var rotations: UInt64 = 0

  private enum State {
    case atRest
    /// Renaming and making.
    case working
    /// Until the writer has left the old file.
    case handedOver(archive: String?)
  }

  private static let pauseMin: UInt64 = 1_000_000_000
  private static let pauseMax: UInt64 = 60_000_000_000

  init(
    _ loop: EventLoop, _ writer: Writer, _ settings: Configuration.Rotation,
    open: @escaping @Sendable () throws(SystemError) -> LogFile
  ) throws(Errno) {
    self.loop = loop
    self.writer = writer
    self.settings = settings
    self.open = open
    path = writer.sink.file.path
    names = ArchiveNames(logFile: path)
    steps = try BackgroundThread("logd-rotate")
    archive = try BackgroundThread("logd-archive", isPatient: true)
    schedule = RotationSchedule(settings.period, begun: writer.sink.file.begun, now: Self.now)
  }

  func stop() {
    stopFlag.set()
    steps.stop()
    archive.stop()
  }

  private static var now: Int64 { Clock.realtimeNanoseconds() / 1_000_000_000 }

  // MARK: when

  /// After a reload.
  func reconfigure(_ settings: Configuration.Rotation) {
    guard settings != self.settings else { return }
    self.settings = settings
    if path.isEmpty { return }
    count(from: min(schedule.start, writer.report.snapshot.file.handle.begun))
    tidy()
  }

  /// The writer says that the file is large, or that the clock shows another time than it went by.
  func attend() {
    guard case .atRest = state, Clock.monotonicNanoseconds() >= pausedUntil else { return }
    let file = writer.report.snapshot.file
    let isLarge = settings.bytesMax > 0 && file.bytes >= settings.bytesMax
    let isDue = schedule.isDue(Self.now)
    if isLarge || isDue { rotate { _ in } } else { watchClock() }
  }

  private func count(from begun: Int64) {
    schedule = RotationSchedule(settings.period, begun: begun, now: Self.now)
    watchClock()
  }

  /// Has the writer look at the clock, and looks itself when nobody writes.
  private func watchClock() {
    writer.inbox.send(
      .rotateOutside(
        schedule.start..<max(schedule.start, schedule.end), bytesMax: settings.bytesMax))
    if let turnTimer { loop.cancel(turnTimer) }
    turnTimer = nil
    guard schedule.end < .max else { return }
    let seconds = UInt64(max(1, schedule.end - Self.now))
    turnTimer = loop.after(seconds * 1_000_000_000) { [unowned self] in
      turnTimer = nil
      attend()
    }
  }

  // MARK: a rotation

  /// `done` gets the archive's path once the writer has left it; nil: there was nothing to rotate.
  func rotate(_ done: @escaping Done) {
    guard !path.isEmpty else { return done(.failure(refuse())) }
    waiting.append(done)
    guard case .atRest = state else { return }
    state = .working
    let rotation = FileRotation(path: path, names: names, naming: naming, open: open)
    let (loop, inbox, old) = (loop, writer.inbox, writer.report.snapshot.file.handle)
    steps.run { [unowned self] in
      do throws(SystemError) {
        let outcome = try rotation.run(old)
        loop.post { [unowned self] in
          took(outcome)
          if case .made(let new, _) = outcome { inbox.send(.reopen(new)) }
        }
      } catch {
        loop.post { [unowned self] in failed(error) }
      }
    }
  }

  private func refuse() -> SystemError {
    let error = SystemError(
      "rotate", "the log file, there is none while journald.handoff is \"only\"", Errno(ENOENT))
    writer.inbox.say(.warning, "\(error)")
    return error
  }

  private func took(_ outcome: FileRotation.Outcome) {
    pauseNanoseconds = 0
    saidItCannot = false
    switch outcome {
    case .nothing:
      state = .atRest
      count(from: Self.now)
      tell(.success(nil))
    case .made(_, let archive): state = .handedOver(archive: archive)
    }
  }

  private func failed(_ error: SystemError) {
    state = .atRest
    pauseNanoseconds = min(max(pauseNanoseconds * 2, Self.pauseMin), Self.pauseMax)
    pausedUntil = Clock.monotonicNanoseconds() &+ pauseNanoseconds
    if schedule.end < .max { loop.after(pauseNanoseconds) { [weak self] in self?.attend() } }
    if !saidItCannot {
      saidItCannot = true
      writer.inbox.say(
        .error, "cannot rotate the log file, writing on to it", [("reason", "\(error)")])
    }
    tell(.failure(error))
  }

  /// The writer has left a file for another one, by a rotation or otherwise.
  func fileChanged() {
    count(from: Self.now)
    if case .handedOver(let archive) = state {
      CrashPoint.afterLeave.pass()
      state = .atRest
      rotations += archive == nil ? 0 : 1
      tell(.success(archive.map(names.path)))
    }
    tidy()
  }

  private func tell(_ result: Result<String?, SystemError>) {
    let all = waiting
    waiting = []
    for done in all { done(result) }
  }

  // MARK: archives

  /// What the daemon before this one has left undone is finished.
  func recovered() {
    if path.isEmpty { return }
    isRecovered = true
    watchClock()
    tidy()
  }

  /// Also when the disk is full.
  func tidy() {
    guard isRecovered else { return }
    guard !isArchiving else { return archivesAgain = true }
    isArchiving = true
    let archivist = Archivist(names: names, settings: settings, stop: stopFlag)
    let (loop, current) = (loop, writer.report.snapshot.file.handle.identity)
    archive.run { [unowned self] in
      let outcome = archivist.run(current: current)
      loop.post { [unowned self] in tidied(outcome) }
    }
  }

  private func tidied(_ outcome: Archivist.Outcome) {
    isArchiving = false
    if let failure = outcome.failure {
      writer.inbox.say(
        .warning, "cannot tidy up the archives", [("reason", "\(failure)")])
    }
    if archivesAgain {
      archivesAgain = false
      return tidy()
    }
    if let expiryTimer { loop.cancel(expiryTimer) }
    expiryTimer = outcome.nextExpiry.map { expiry in
      loop.after(UInt64(max(1, expiry - Self.now)) * 1_000_000_000) { [unowned self] in
        expiryTimer = nil
        tidy()
      }
    }
  }
}
