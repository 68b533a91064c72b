internal import Glibc

enum UrgentThread {
  /// Puts the calling thread before all ordinary ones, sched(7); for others than root it stays one of them.
  static func comeFirst() {
    var parameters = sched_param(sched_priority: 1)
    _ = unsafe sched_setscheduler(0, SCHED_FIFO, &parameters)
  }
}
