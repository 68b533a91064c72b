internal import CLinux
internal import Glibc

/// How the kernel shares processors among threads, setpriority(2): on Linux a thread has its own.
public enum ThreadPriority {
  /// Before those who only compute, after those that an administrator has put first.
  private static let urgent: Int32 = -10
  private static let patient: Int32 = 10

  /// Raises the calling thread, and so those that it starts from now on.
  ///
  /// Without the right to (CAP_SYS_NICE, RLIMIT_NICE) nothing changes; nor where somebody has
  /// chosen a priority for this process already.
  public static func raise() {
    guard getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) == 0 else { return }
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, urgent)
  }

  /// Has the calling thread, when it is woken, come before one that computes on the same processor, and
  /// not when that one's slice of some milliseconds is over: it asks for short slices itself,
  /// sched_setattr(2), `sched_runtime`. Linux before 6.12 knows no such wish, and nothing changes.
  public static func shortenSlices() { _ = clinux_shorten_slices(slice) }

  /// Nanoseconds; a fraction of the kernel's own.
  private static let slice: UInt64 = 500_000

  /// Puts the calling thread among all others, where it was raised.
  public static func makeOrdinary() {
    guard getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) < 0 else { return }
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 0)
  }

  /// Puts the calling thread after all that somebody waits for.
  public static func lower() {
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, patient)
  }
}
