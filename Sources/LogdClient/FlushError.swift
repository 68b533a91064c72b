/// Why a flush could not say that everything is written.
public enum FlushError: Error, Equatable, Sendable {
  /// The time is over. So many records of this process are not in the file yet; with `durable`, 0
  /// means that all are in the file but not on the disk. They are still on their way: flush again.
  case timedOut(remaining: Int)
  /// The disk failed to sync, after this process was told so last, or nothing was logged since: a
  /// sync that succeeds later does not make good what one has failed for. The records are in the
  /// file, whether they survive a power failure is unknown; see `logctl status`.
  case syncFailed
  /// Called in a signal handler that interrupted a log call of its thread, or in a child that was
  /// forked by one: nothing was waited for.
  case interrupted
}
