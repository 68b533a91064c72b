internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// What other threads want of the writer.
enum WriterCommand: Sendable {
  /// A new ring, before its client hears of it.
  case attach(Ring)
  /// The client rang.
  case bell(Ring)
  /// The connection is gone.
  case hangUp(Ring)
  case say(SelfRecord)
  case reopen(LogFile)
  case reconfigure(WriterSettings)
  case sync
  case synced(Syncer.Completion)
  /// Write (or sync) everything that is published now, then call back.
  case pursue(id: UInt64, durable: Bool, done: @Sendable (Errno?) -> Void)
  case giveUp(id: UInt64)
  /// Write everything that is published now, sync, and end.
  case drain
}

/// The way into the writer thread: a queue and the word it sleeps on.
///
/// Bounded: bells are kept once a ring, rings by `listen.max_clients`, self-records by a count.
final class WriterInbox: Sendable {
  private struct State {
    var commands: [WriterCommand] = []
    var selfRecords = 0
  }

  static let selfRecordsMax = 1_000
  let word = WakeWord()
  private let state = Mutex(State())

  func send(_ command: WriterCommand) {
    state.withLock { $0.commands.append(command) }
    word.wake()
  }

  /// A bell is kept once until the writer has taken it: a storm of them costs no memory.
  func ring(_ ring: Ring) {
    guard !ring.hasRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
    send(.bell(ring))
  }

  /// Has a record about the daemon written; beyond a thousand that wait it is left out.
  func say(_ severity: Severity, _ message: String, _ fields: [(String, String)] = []) {
    let record = SelfRecord(severity, message, fields)
    state.withLock { state in
      guard state.selfRecords < Self.selfRecordsMax else { return }
      state.selfRecords += 1
      state.commands.append(.say(record))
    }
    word.wake()
  }

  /// Swaps what is waiting into `commands`, which must be empty: no allocation.
  func take(into commands: inout [WriterCommand]) {
    state.withLock { state in
      swap(&state.commands, &commands)
      state.selfRecords = 0
    }
  }
}
