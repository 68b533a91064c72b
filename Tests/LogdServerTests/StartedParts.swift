import CLinux
import Glibc
import LogdPlatform
import LogdWire

@testable import LogdServer

/// What a starting daemon takes up, on the test's thread: ledger, intake, and a client out of a bag.
final class StartedParts {
  static let limits = FrameLimits(recordBytes: 4096, fields: 16)
  let ledger: Ledger
  let writer: Writer
  let registry: ClientRegistry
  let doors: TextDoors
  let file: LogFile
  /// One for all: its thread ends with the process.
  private static let journal = Result { try JournalSink() }
  private let relay = ServiceRelay()
  private let loop: EventLoop
  private var connections: [Int32] = []

  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.listen.clientsMax = 6
    configuration.ring.intakeBytes = 128 << 10
    configuration.limits.recordBytesMax = limits.recordBytes
    configuration.limits.fieldsMax = limits.fields
    configuration.limits.lineBytesMax = 4096
    return configuration
  }

  /// `slots`: more than an earlier daemon had makes the ledger grow. `welcome`: what comes to the writer
  /// as soon as clients are let in, and is taken by it together with the word that they are.
  init(
    _ place: TemporaryLog, _ background: BackgroundThread, slots: Int, kept: [KeptClient],
    shelf: BagShelf? = nil, welcome: (Writer) throws -> Void = { _ in }
  ) throws {
    let configuration = Self.configuration
    let paths = try RuntimePaths(
      runtimeDirectory: place.directory, logFile: place.path, configuration: configuration,
      environment: Environment(userID: getuid(), variables: [:]))
    let lock = unsafe Descriptor(
      owning: try check(open(paths.ledger, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)))
    let file = try LogFile(paths.logFile, mode: 0o600, group: nil)
    ledger = try Service.openLedger(
      lock, file, [], path: paths.ledger, slots: slots, Self.limits, open: { file })
    let loop = try EventLoop()
    let back = Back()
    let writer = try Writer(
      settings: Service.settings(configuration, ledger.granted), ledger: ledger, file: file,
      pid: getpid(), uid: getuid(), feed: LineFeed {}, journal: Self.journal.get(),
      released: { ring, fault in loop.post { back.registry?.released(ring, fault) } })
    let entries = ledger.entries
    registry = try ClientRegistry(
      loop, writer.inbox, background, configuration, ledger.granted, ledger, entries, shelf)
    back.registry = registry
    guard
      let doors = try Service.openDoors(registry, configuration, Self.limits, paths, relay)
    else { throw Errno(ENOENT) }
    var resumption = Resumption(registry, entries)
    for client in kept { resumption.take([client]) }
    resumption.finish()
    registry.watchResumed()
    doors.resume([])
    doors.syslog = try SyslogSocket(
      Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue)))), doors,
      configuration.limits)
    self.doors = doors
    self.writer = writer
    self.file = file
    self.loop = loop
    writer.recover([])
    writer.inbox.send(.begin {})
    try welcome(writer)
    writer.takeUp()
  }

  deinit { for connection in connections { close(connection) } }

  /// A new connection to lines.sock sends `text`, which is read.
  func send(_ text: String) throws {
    var pair: [Int32] = [-1, -1]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &pair))
    connections.append(pair[1])
    doors.welcome(Descriptor(owning: pair[0]))
    let bytes = Array(text.utf8)
    _ = try check(unsafe clinux_send(pair[1], bytes, UInt64(bytes.count)))
    doors.readAll()
  }

  /// All rings have been idle for long enough, and the writer sleeps until something comes.
  func sleep() {
    repeat { _ = writer.turn() } while writer.flow.isSteady(writer.active.count)
    let start = Clock.monotonicNanoseconds()
    while Clock.monotonicNanoseconds() < start + 2 * Writer.lingerNanoseconds {}
    let ticket = writer.inbox.alarm.ticket
    writer.inbox.send(.sync)
    writer.sleep(ticket, after: Writer.PassOutcome())
  }

  /// Everything that is published now is written.
  func flush() {
    let isDone = Flag()
    writer.pursue(id: 1, durable: false) { _ in isDone.value = true }
    for _ in 0..<1000 where !isDone.value { _ = writer.turn() }
  }

  /// Calls each on the loop, one after the other; between them what the writer has posted.
  func run(_ steps: [() -> Void]) throws {
    let script = Script(steps, loop)
    loop.post { script.next() }
    try loop.run()
  }

  // SAFETY: one thread.
  private final class Back: @unchecked Sendable { weak var registry: ClientRegistry? }
  private final class Flag: @unchecked Sendable { var value = false }
  private final class Script: @unchecked Sendable {
    private var steps: [() -> Void]
    private let loop: EventLoop

    init(_ steps: [() -> Void], _ loop: EventLoop) {
      self.steps = steps
      self.loop = loop
    }

    func next() {
      if steps.isEmpty { return loop.stop() }
      steps.removeFirst()()
      loop.post { self.next() }
    }
  }
}
