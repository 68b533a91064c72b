/// How a program of ours ends, sysexits.h.
///
/// Scripts and service managers decide by these: a wrong configuration (78) is not cured by a
/// restart, a missing disk (74) may be.
public enum ExitCode: Int32, Error, Sendable {
  case success = 0
  /// Not everything that was asked for is done: a flush timed out, nothing was found.
  case incomplete = 1
  /// What was read is damaged; what could be read has been shown.
  case damaged = 2
  /// EX_USAGE: the arguments are wrong.
  case usage = 64
  /// EX_UNAVAILABLE: no daemon is there to ask.
  case unavailable = 69
  /// EX_CANTCREAT: a file, directory or socket cannot be made.
  case cannotCreate = 73
  /// EX_IOERR: reading or writing failed.
  case inputOutput = 74
  /// EX_TEMPFAIL: another instance runs.
  case alreadyRunning = 75
  /// EX_NOPERM: the owner or the mode of something forbids it.
  case notPermitted = 77
  /// EX_CONFIG: the configuration is wrong.
  case configuration = 78
}
