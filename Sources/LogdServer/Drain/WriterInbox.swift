internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// What other threads want of the writer.
enum WriterCommand: Sendable {
  /// A new ring, before its client hears of it.
  case attach(Ring)
  /// Rings of the daemon before, whose clients wait.
  case takeUp([Ring])
  /// These were the last, and the start has succeeded; to be called when all they hold is written.
  case begin(@Sendable () -> Void)
  /// The client rang, for a record that is to be written then.
  case bell(Ring, Due)
  /// The connection is gone.
  case hangUp(Ring)
  case say(SelfRecord)
  /// There is another file to be written to, see ``WriterInbox/takeNextFile()``.
  case reopen
  case reconfigure(WriterSettings)
  /// Ask for a rotation when the wall clock (seconds since 1970) shows another time than these, or
  /// the file is so large; 0: however large.
  case rotateOutside(Range<Int64>, bytesMax: Int)
  case sync
  case synced(Syncer.Completion)
  /// Write (or sync) everything that is published now, then call back.
  case pursue(id: UInt64, durable: Bool, done: @Sendable (Errno?) -> Void)
  case giveUp(id: UInt64)
  /// Write everything that is published now, sync, and end.
  case drain

  /// Whether an earlier command need not be obeyed when this one comes.
  fileprivate func replaces(_ earlier: WriterCommand) -> Bool {
    switch (self, earlier) {
    case (.reopen, .reopen), (.reconfigure, .reconfigure), (.sync, .sync): true
    case (.rotateOutside, .rotateOutside): true
    case (.giveUp(let id), .pursue(let asked, _, _)): id == asked
    default: false
    }
  }
}

/// When a record that was rung for is to be written.
enum Due: Sendable {
  /// It is urgent.
  case now
  /// As soon as no older one can come: it is the first out of a calm.
  case whenSettled
  /// When the order window is over, CLOCK_MONOTONIC.
  case at(UInt64)
}

/// The file that the writer is to go over to.
struct NextFile: Sendable {
  let file: LogFile
  /// Hear of it, on the writer's thread, when nothing more is written to another file: who has sent
  /// it, and who an earlier one that it took the place of.
  var taken: [@Sendable () -> Void] = []
}

/// The way into the writer thread: a queue and the alarm it sleeps on.
///
/// Bounded, since the writer may not come for as long as a disk hangs: bells are kept once a ring,
/// rings by `listen.max_clients`, self-records by a count; of files, settings and syncs only the
/// last is kept, and who gives up takes back what he asked for.
///
/// The next file lies beside the queue: whenever the writer looks for one it finds the last that was
/// sent, and never goes back to an earlier one.
final class WriterInbox: Sendable {
  private struct State {
    var commands: [WriterCommand] = []
    var nextFile: NextFile?
    var selfRecords = 0
    /// What the alarm was last set to for a bell that is in `commands`.
    var alarm = UInt64.max

    /// Answers the command that was there and has no sense any more.
    mutating func add(_ command: WriterCommand) -> WriterCommand? {
      let earlier = commands.firstIndex { command.replaces($0) }
      let replaced = earlier.map { commands.remove(at: $0) }
      if case .giveUp = command, replaced != nil { return replaced }
      commands.append(command)
      return replaced
    }
  }

  static let selfRecordsMax = 1_000
  let alarm: Alarm
  /// How long a record may wait, as the writer goes by.
  let windowNanoseconds: Atomic<UInt64>
  /// From then on one that comes out of a calm does not wait, CLOCK_MONOTONIC.
  let calmFrom = Atomic<UInt64>(.max)
  private let state = Mutex(State())

  init(windowNanoseconds: UInt64) throws(Errno) {
    alarm = try Alarm()
    self.windowNanoseconds = Atomic(windowNanoseconds)
  }

  func send(_ command: WriterCommand) {
    // What it takes the place of is closed outside the lock.
    let replaced = state.withLock { $0.add(command) }
    alarm.wake()
    _ = replaced
  }

  /// Has the writer go over to `file`, in the place of any that it has not taken yet. `taken` is
  /// called when it has, also if that is the file it had; who waits for it sends no other one.
  func reopen(_ file: LogFile, taken: (@Sendable () -> Void)? = nil) {
    // What it takes the place of is closed outside the lock.
    let replaced = state.withLock { state in
      let replaced = state.nextFile
      var next = NextFile(file: file, taken: replaced?.taken ?? [])
      if let taken { next.taken.append(taken) }
      state.nextFile = next
      _ = state.add(.reopen)  // one that waits already is as good
      return replaced
    }
    alarm.wake()
    _ = replaced
  }

  private var hasNextFile: Bool { state.withLock { $0.nextFile != nil } }

  /// The file to be written to from now on; nil: the one in use.
  func takeNextFile() -> NextFile? {
    state.withLock { state in
      defer { state.nextFile = nil }
      return state.nextFile
    }
  }

  /// Sleeps so long, whatever commands come; not for longer than until there is another file, if one
  /// is of use.
  func pause(nanoseconds: UInt64, orReopened isOfUse: Bool) {
    let deadline = Clock.monotonicNanoseconds() &+ nanoseconds
    while true {
      let ticket = alarm.ticket
      let now = Clock.monotonicNanoseconds()
      if now >= deadline || isOfUse && hasNextFile { return }
      alarm.wait(ticket, nanoseconds: deadline - now)
    }
  }

  /// A bell is kept once until the writer has taken it: a storm of them costs no memory. One for a
  /// record that may wait wakes the writer when the order window is over: to be woken twice for one
  /// record costs more than to write some dozens; the first one after a calm wakes it at once.
  /// `stamp`, CLOCK_MONOTONIC; nil: it may not wait.
  func ring(_ ring: Ring, for stamp: UInt64?) {
    let now = Clock.monotonicNanoseconds()
    let due = due(stamp, now)
    let isNew = !ring.hasRung.exchange(true, ordering: .acquiringAndReleasing)
    let command = isNew ? WriterCommand.bell(ring, due) : nil
    guard case .at(let instant) = due, instant > now else {
      if let command { send(command) } else { alarm.wake() }
      return
    }
    state.withLock { state in
      if let command { state.commands.append(command) }
      guard instant < state.alarm else { return }
      state.alarm = instant
      alarm.set(at: instant)
    }
  }

  private func due(_ stamp: UInt64?, _ now: UInt64) -> Due {
    guard let stamp else { return .now }
    if now >= calmFrom.load(ordering: .relaxed) { return .whenSettled }
    return .at(min(stamp, now) &+ windowNanoseconds.load(ordering: .relaxed))
  }

  /// Has a record about the daemon written; beyond a thousand that wait it is left out.
  func say(_ severity: Severity, _ message: String, _ fields: [(String, String)] = []) {
    let record = SelfRecord(severity, message, fields)
    state.withLock { state in
      guard state.selfRecords < Self.selfRecordsMax else { return }
      state.selfRecords += 1
      state.commands.append(.say(record))
    }
    alarm.wake()
  }

  /// Swaps what is waiting into `commands`, which must be empty: no allocation.
  func take(into commands: inout [WriterCommand]) {
    state.withLock { state in
      swap(&state.commands, &commands)
      state.selfRecords = 0
      guard state.alarm != .max else { return }
      if state.alarm > Clock.monotonicNanoseconds() { alarm.unset() }
      state.alarm = .max
    }
  }
}
