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
  private let files: FileSuccession
  private let steps: BackgroundThread
  private let archive: BackgroundThread
  private var settings: Configuration.Rotation
  private var schedule: RotationSchedule
  /// Until the writer has left the old file.
  private var isRotating = false
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

  private static let pauseMin: UInt64 = 1_000_000_000
  private static let pauseMax: UInt64 = 60_000_000_000

  init(
    _ loop: EventLoop, _ writer: Writer, _ settings: Configuration.Rotation,
    _ files: FileSuccession
  ) throws(Errno) {
    self.loop = loop
    self.writer = writer
    self.settings = settings
    self.files = files
    path = writer.sink.file.path
    names = ArchiveNames(logFile: path)
    steps = try BackgroundThread("logd-rotate")
    archive = try BackgroundThread("logd-archive", isPatient: true)
    schedule = RotationSchedule(settings.period, begun: writer.sink.file.begun, now: Self.now)
  }

  /// Whether it has ended by `deadline`, CLOCK_MONOTONIC.
  func stop(by deadline: UInt64) -> Bool {
    stopFlag.set()
    return steps.stop(by: deadline) && archive.stop(by: deadline)
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
    guard !isRotating, Clock.monotonicNanoseconds() >= pausedUntil else { return }
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
    guard !isRotating else { return }
    isRotating = true
    let rotation = FileRotation(path: path, names: names, files: files)
    let (loop, old) = (loop, writer.report.snapshot.file.handle)
    steps.run { [unowned self] in
      do throws(SystemError) {
        let isBegun = try rotation.run(old) { archive in
          loop.post { [unowned self] in left(archive) }
        }
        if !isBegun { loop.post { [unowned self] in foundNothing() } }
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

  private func foundNothing() {
    count(from: Self.now)
    ended(.success(nil))
  }

  /// The writer writes nothing more to the old file. `archive`: its name, if it was renamed here.
  private func left(_ archive: String?) {
    CrashPoint.afterLeave.pass()
    rotations += archive == nil ? 0 : 1
    ended(.success(archive.map(names.path)))
  }

  private func failed(_ error: SystemError) {
    isRotating = false
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

  private func ended(_ result: Result<String?, SystemError>) {
    isRotating = false
    pauseNanoseconds = 0
    saidItCannot = false
    tell(result)
  }

  /// The writer has left a file for another one, by a rotation or otherwise.
  func fileChanged() {
    count(from: Self.now)
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
