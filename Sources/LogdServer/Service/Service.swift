internal import CLinux
internal import Glibc
internal import LogdControl
internal import LogdPlatform
internal import LogdWire

/// The parts of a running daemon and how they begin and end. On the I/O thread, which is the main
/// thread.
final class Service {
  /// Replaced by a reload.
  var configuration: Configuration
  let source: ConfigurationSource
  let paths: RuntimePaths
  let loop: EventLoop
  let writer: Writer
  let registry: ClientRegistry
  let startedAt = Clock.monotonicNanoseconds()
  let background: BackgroundThread
  let manager: ServiceManager?
  private(set) var reports: ServiceReports?
  var lastStatusLine = StatusLine()
  let memory = ResidentMemory()
  private let writerThread: PlatformThread
  private let syncer: Syncer
  let following: Following
  /// Those of the configuration, or of a ring that was granted under larger ones.
  let limits: FrameLimits
  let files: FileSuccession
  let disk: DiskWatch
  let rotator: Rotator
  private var fileStore: LogFileStore
  private var epolls: EpollStore
  private var drainWatch: DrainWatch?
  private var listeners: [ConnectionListener] = []
  /// Nil: neither lines.sock nor syslog.sock is served, and none was.
  private(set) var doors: TextDoors?
  private var sockets: ListeningSockets
  private var signals: SignalSource?
  private(set) var isStopping = false
  private var control: ControlServer?
  let relay = ServiceRelay()
  var flushes: [UInt64: PendingFlush] = [:]
  var flushesMade: UInt64 = 0
  let waitingCount: WaitingCount
  var reloadsWaiting: [(String?) -> Void] = []
  private var exitCode = ExitCode.success
  /// Connections that were taken up are heard so long after what they have logged is written, and in any
  /// case so long after the start.
  private static let pauseNanoseconds: UInt64 = 20_000_000
  private static let watchNanoseconds: UInt64 = 100_000_000
  /// What waits for journald at the end goes there, for so long.
  private static let journalNanoseconds: UInt64 = 2_000_000_000
  /// So long the end waits for threads that wait for a disk.
  private static let threadsNanoseconds: UInt64 = 5_000_000_000

  /// Takes the lock, opens the file, binds the sockets. Throws a ``StartupError``.
  init(
    _ source: ConfigurationSource, _ configuration: Configuration, _ paths: RuntimePaths,
    _ environment: Environment
  ) throws {
    self.source = source
    self.configuration = configuration
    self.paths = paths
    manager = try ServiceManager(environment)
    var inherited = try InheritedDescriptors()
    try paths.prepare()
    let lock = try RuntimeLock.open(paths, manager)
    let isFileless = configuration.journald.handoff == .only
    let file = try isFileless ? LogFile.absent() : Self.openLog(configuration, paths)
    loop = try EventLoop()
    let handler = SignalRelay()
    signals = try SignalSource(
      [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2], loop, { handler.handle?($0) })
    DescriptorLimit.raise()
    Self.ignoreSignalsOfWrites()
    fileStore = LogFileStore(manager, path: paths.logFile, from: &inherited)
    epolls = EpollStore(manager, loop, from: &inherited)
    let shelf = manager.map { _ in BagShelf(inherited: &inherited) }
    DescriptorLimit.makeRoom(for: 2 * (configuration.listen.clientsMax + 1))
    shelf?.readAhead()
    let ledger = try Self.openLedger(
      lock, file, fileStore.inherited, path: paths.ledger,
      slots: configuration.listen.clientsMax + 1, FrameLimits(configuration.limits)
    ) { () throws(StartupError) in try Self.openLog(configuration, paths) }
    limits = ledger.granted
    let unkept = Self.fill(shelf, for: ledger.slotCount, manager)
    let (relay, loop) = (relay, loop)
    following = try Following()
    writer = try Writer(
      settings: Self.settings(configuration, limits), ledger: ledger, file: file, pid: getpid(),
      // Also when nothing is handed off now: a reload may ask for it, and an idle thread costs nothing.
      uid: getuid(), feed: following.feed, journal: try JournalSink(),
      released: { ring, fault in
        loop.post { relay.service?.registry.released(ring, fault) }
      })
    let inbox = writer.inbox
    if let unkept {
      inbox.say(
        .error, "the service manager does not keep all clients over a crash",
        [("reason", "\(unkept)")])
    }
    syncer = try Syncer(writer.report) { inbox.send(.synced($0)) }
    writer.syncer.syncer = syncer
    files = Self.files(inbox, configuration, paths)
    disk = Self.watchDisk(loop, writer, syncer, relay, files)
    rotator = try Self.rotator(loop, writer, relay, configuration, files)
    background = try BackgroundThread("logd-background", isPatient: true)
    let entries = ledger.entries
    registry = try ClientRegistry(
      loop, inbox, background, configuration, limits, ledger, entries, shelf)
    waitingCount = try WaitingCount(registry)
    doors = try Self.openDoors(registry, configuration, limits, paths, relay)
    writerThread = try Self.start(writer, loop, fileStore.inherited)
    let keptLines = try Self.resume(registry, entries)
    if let doors { doors.resume(keptLines) } else { keptLines.forEach { $0.hangUp() } }
    sockets = ListeningSockets(manager, inbox)
    if let doors, configuration.listen.lines.enabled {
      let socket = try sockets.open(
        "lines", paths.linesSocket, type: CLINUX_STREAM, configuration.listen.lines,
        key: "listen.lines.group", from: &inherited)
      listeners.append(try ConnectionListener(socket, loop, inbox) { doors.welcome($0) })
    }
    if let doors, configuration.listen.syslog.enabled {
      let socket = try sockets.open(
        "syslog", paths.syslogSocket, type: CLINUX_DATAGRAM, configuration.listen.syslog,
        key: "listen.syslog.group", from: &inherited)
      doors.syslog = try SyslogSocket(socket, doors, configuration.limits)
    }
    relay.service = self
    if configuration.listen.control.enabled {
      let socket = try sockets.open(
        "control", paths.controlSocket, type: CLINUX_STREAM, configuration.listen.control,
        key: "listen.control.group", from: &inherited)
      control = try ControlServer(
        loop: loop, delegate: self, listener: socket,
        group: try Account.group(
          configuration.listen.control.group, key: "listen.control.group"))
    }
    // The last: whoever reaches it finds the other doors open.
    if configuration.listen.native.enabled {
      let socket = try sockets.open(
        "native", paths.nativeSocket, type: CLINUX_SEQPACKET, configuration.listen.native,
        key: "listen.native.group", from: &inherited)
      let registry = registry
      listeners.append(
        try ConnectionListener(socket, loop, inbox) { registry.welcome($0) })
    }
    tellOfManager(leftOver: inherited.closeRest())
    if let manager {
      reports = ServiceReports(manager, loop) { [unowned self] in statusLine() }
      disk.changed = { [unowned self] in reports?.stateChanged() }
    }
    doors?.sweep.ended = { [unowned self] in pursueFlushes(sweep: $0) }
    disk.needsRoom = { [unowned self] in rotator.tidy() }
    handler.handle = { [unowned self] in handle($0) }
  }

  func run() throws -> ExitCode {
    writer.inbox.say(
      .notice, "logd started",
      [
        ("version", Version.text), ("runtime_dir", paths.directory),
        ("file", writer.sink.file.path),
      ])
    // Those that were taken up are heard after that is written which they have logged, and after those
    // who waited for it have had their turn on the processors: a bell that they rang meanwhile says
    // nothing new. But one who leaves is heard while the disk takes nothing too.
    let watch = { @Sendable [relay] in relay.service?.watchResumed() ?? () }
    writer.inbox.send(
      .begin { [loop] in loop.post { loop.after(Self.pauseNanoseconds, watch) } })
    loop.after(Self.watchNanoseconds, watch)
    reports?.ready()
    try loop.run(urgent: true)
    writerThread.join()
    if let errno = writer.drainFailure {
      StandardError.warn("logd: \(SystemError("sync", paths.logFile, errno))", severity: 3)
      exitCode = .inputOutput
    }
    end()
    return exitCode
  }

  /// Nothing is left to write. What the other threads do meanwhile may be cut off at any step, and is
  /// for a second signal, or when a disk does not answer.
  private func end() {
    sockets.remove()
    fileStore.clear()
    SignalSource.endProcess(on: [SIGTERM, SIGINT])
    writer.journal.stop(withinNanoseconds: Self.journalNanoseconds)
    let deadline = Clock.monotonicNanoseconds() &+ Self.threadsNanoseconds
    guard syncer.stop(by: deadline), rotator.stop(by: deadline), background.stop(by: deadline),
      waitingCount.stop(by: deadline)
    else { _exit(exitCode.rawValue) }
    following.stop()
  }

  private func watchResumed() {
    registry.watchResumed()
    epolls.clear(on: background)
  }

  // MARK: signals

  private func handle(_ signal: Int32) {
    switch signal {
    case SIGTERM, SIGINT: stop()
    case SIGHUP: reload()
    case SIGUSR1: rotator.rotate { _ in }  // what fails is said in the log
    default: writer.inbox.send(.sync)
    }
  }

  /// Lets nobody in any more and has everything that is published written; a second signal ends
  /// the process at once, which harms nothing that is in a ring.
  private func stop() {
    if isStopping { endAtOnce(.success) }
    isStopping = true
    for listener in listeners { listener.stop() }
    doors?.stop(isFinal: manager?.isSupervisor ?? true)
    reports?.stopping()
    writer.inbox.say(.notice, "logd is stopping")
    writer.inbox.send(.drain)
    drainWatch = watchDrain()
  }

  /// Without waiting for the writer: what is in the ledger and in the rings is the next daemon's.
  func endAtOnce(_ code: ExitCode) -> Never {
    sockets.remove()
    _exit(code.rawValue)
  }

  /// The writer has another file, or is done with what the daemon before this one has left.
  func keepLogFile() { fileStore.keep(writer.report.snapshot.file.handle) }

  // MARK: start

  private static func start(
    _ writer: Writer, _ loop: EventLoop, _ stored: [LogFile]
  ) throws(Errno) -> PlatformThread {
    // This thread and the writer, not those made before: all others wait for these two, and would
    // rather fill their rings than let them run.
    ThreadPriority.raise()
    return try PlatformThread("logd-writer") {
      ThreadPriority.shortenSlices()
      writer.run(stored: stored)
      loop.post { loop.stop() }
    }
  }

  static func openLog(
    _ configuration: Configuration, _ paths: RuntimePaths
  ) throws(StartupError) -> LogFile {
    let group = try Account.group(configuration.file.group, key: "file.group")
    do throws(SystemError) {
      return try LogFile(paths.logFile, mode: configuration.file.mode, group: group)
    } catch {
      throw StartupError(.cannotCreate, "\(error)")
    }
  }

  /// The ledger, with room for what this daemon needs and what the rings in it were granted. One that has to grow is done with its last
  /// batch first, also where no file is kept any more (`open` opens it); else that is the writer's
  /// first work, and may take until the disk has room.
  static func openLedger(
    _ lock: consuming Descriptor, _ file: LogFile, _ stored: [LogFile], path: String, slots: Int,
    _ own: FrameLimits, open: () throws(StartupError) -> LogFile
  ) throws -> Ledger {
    let found = try Ledger(lock, slotCount: slots, batchCapacity: batchBytes(own))
    found.granted = found.granted.union(own)
    let batch = batchBytes(found.granted)
    let isLarge = found.slotCount >= slots && found.batchCapacity >= batch
    let isOfFile = file.isAbsent && (found.pending?.length ?? 0) > 0
    if isLarge, !isOfFile { return found }
    let last = try isOfFile ? open() : file
    _ = try LedgerRecovery(ledger: found, current: last, stored: stored).run()
    if isLarge { return found }
    return try found.enlarged(
      path: path, slotCount: max(found.slotCount, slots),
      batchCapacity: max(found.batchCapacity, batch))
  }

  private static func batchBytes(_ limits: FrameLimits) -> Int {
    max(1 << 20, 2 * LineFormatter.lineBytesMax(frameBytes: limits.recordBytes))
  }

  /// Has the manager keep enough bags; why it does not.
  private static func resume(
    _ registry: ClientRegistry, _ entries: [Ledger.Entry]
  ) throws -> [KeptClient] {
    do throws(Errno) {
      return try registry.resume(entries)
    } catch {
      guard error == Errno(EMFILE) else { throw error }
      throw StartupError(
        .inputOutput,
        "cannot take up the clients of the daemon before this one: \(error). They are kept; raise the limit "
          + "of open files (LimitNOFILE= of the unit, ulimit -n) to six times listen.max_clients")
    }
  }

  private static func fill(
    _ shelf: BagShelf?, for clients: Int, _ manager: ServiceManager?
  ) -> Errno? {
    guard let shelf, let manager else { return nil }
    do throws(Errno) {
      try shelf.fill(for: clients) { (socket) throws(Errno) in
        try manager.store(socket, name: BagShelf.name)
      }
      return nil
    } catch {
      return error
    }
  }

  static func settings(_ configuration: Configuration, _ limits: FrameLimits) -> WriterSettings {
    WriterSettings(
      windowNanoseconds: configuration.order.windowNanoseconds, limits: limits,
      severity: configuration.filter.severity, sync: configuration.file.sync,
      syncIntervalNanoseconds: configuration.file.syncIntervalNanoseconds,
      syncSeverity: configuration.file.syncSeverity, journald: configuration.journald,
      format: configuration.file.format)
  }
}

/// Where a signal goes once the service is complete.
private final class SignalRelay {
  var handle: ((Int32) -> Void)?
}

/// The way back to the service for what other threads post to its loop.
// SAFETY: `service` is set and used on the loop's thread only.
final class ServiceRelay: @unchecked Sendable {
  weak var service: Service?
}
