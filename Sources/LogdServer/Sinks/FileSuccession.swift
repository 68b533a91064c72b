internal import LogdPlatform
internal import Synchronization

/// The files that have the name of the log file, one after the other, on their way to the writer:
/// it hears of them in the order in which they had the name, whoever opens them. So it never goes
/// back to one that a rotation has made an archive, which may be compressed and removed by then.
///
/// Who gives the name to another file, or opens the one that has it, holds the lock until the writer
/// has been sent what came of it. That may take as long as the disk: neither the I/O thread nor the
/// writer ever takes it.
final class FileSuccession: Sendable {
  /// Opens the log file, or makes it.
  let open: @Sendable () throws(SystemError) -> LogFile
  let inbox: WriterInbox
  /// What the name of an archive said that was given last.
  private let last = Mutex<(second: Int64, number: Int)>((0, 0))

  init(
    _ inbox: WriterInbox, open: @escaping @Sendable () throws(SystemError) -> LogFile
  ) {
    self.inbox = inbox
    self.open = open
  }

  /// Has the writer go over to the file that has the name, which is made where there is none.
  func reopen() throws(SystemError) {
    try hold { (_) throws(SystemError) in inbox.reopen(try open()) }
  }

  func hold<Value>(
    _ body: (inout (second: Int64, number: Int)) throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    try last.withLock { (last) throws(SystemError) in try body(&last) }
  }
}
