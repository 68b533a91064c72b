internal import CLinux
internal import Glibc

/// Runs the calling thread before all ordinary ones, sched(7), as long as it needs little.
///
/// On a machine whose processors are all busy an ordinary thread that is woken waits for its turn:
/// some milliseconds, with many others some tens. A thread that is urgent does not. One that has
/// come to need more than a quarter of a processor, because of its work or because somebody sees to it,
/// is an ordinary one until it needs less: nobody is starved through it.
///
/// While it is an ordinary one, and where more is not permitted (neither CAP_SYS_NICE nor RLIMIT_RTPRIO), it
/// asks for short slices, see ``ThreadPriority``. Where somebody has chosen a policy for this process already,
/// nothing changes. Confined to one thread.
struct Urgency {
  /// So often does it look: a look is a system call.
  private static let roundsBetweenLooks = 32
  /// The least of all that come before ordinary threads.
  private static let priority: Int32 = 1
  /// `SCHED_RESET_ON_FORK`: what this thread starts is ordinary.
  private static let resetOnFork: Int32 = 0x4000_0000

  private var isUrgent = false
  private var isPermitted: Bool
  private var rounds = 0
  private var (lookedAt, usedThen): (UInt64, UInt64) = (0, 0)

  init() {
    isPermitted = sched_getscheduler(0) == SCHED_OTHER
    become(urgent: true)
    look()
  }

  /// To be called after each round of the thread's work.
  mutating func finishRound() {
    guard isPermitted else { return }
    rounds += 1
    guard rounds == Self.roundsBetweenLooks else { return }
    rounds = 0
    let (at, used) = (lookedAt, usedThen)
    look()
    let needsLittle = (usedThen - used) * 4 <= lookedAt - at
    if needsLittle != isUrgent { become(urgent: needsLittle) }
  }

  private mutating func look() {
    (lookedAt, usedThen) = (clinux_monotonic_ns(), clinux_thread_cpu_ns())
  }

  private mutating func become(urgent: Bool) {
    guard isPermitted else { return }
    var parameters = sched_param(sched_priority: urgent ? Self.priority : 0)
    let policy = urgent ? SCHED_RR | Self.resetOnFork : SCHED_OTHER
    isPermitted = unsafe sched_setscheduler(0, policy, &parameters) == 0
    isUrgent = urgent && isPermitted
    if !isUrgent { ThreadPriority.shortenSlices() }
  }
}
