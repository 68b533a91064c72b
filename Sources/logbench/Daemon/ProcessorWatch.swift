internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// Sees when the machine ran nobody: on each processor a thread that comes before all others wakes
/// every four milliseconds; when it wakes late, then a processor was withheld from all of us, by the
/// host of a virtual machine or by the kernel.
///
/// For root, who may put a thread before others, sched(7); for others there is none.
final class ProcessorWatch: Sendable {
  /// From when to when (CLOCK_MONOTONIC).
  typealias Pause = Range<UInt64>

  private static let periodNs: UInt64 = 4_000_000
  private static let lateNs: UInt64 = 1_000_000
  private static let priority: Int32 = 2

  private let pauses = Mutex<[Pause]>([])
  private let isStopping = Atomic<Bool>(false)
  private let threads = Mutex<[PlatformThread]>([])

  init?() throws {
    guard geteuid() == 0 else { return nil }
    for processor in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
      let thread = try PlatformThread("watch-\(processor)") { [unowned self] in watch(processor) }
      threads.withLock { $0.append(thread) }
    }
  }

  /// What was seen until now, in the order of time, without overlaps.
  func stop() -> [Pause] {
    isStopping.store(true, ordering: .releasing)
    for thread in threads.withLock({ $0 }) { thread.join() }
    var united: [Pause] = []
    for pause in pauses.withLock({ $0.sorted { $0.lowerBound < $1.lowerBound } }) {
      if let last = united.last, pause.lowerBound <= last.upperBound {
        united[united.count - 1] = last.lowerBound..<max(last.upperBound, pause.upperBound)
      } else {
        united.append(pause)
      }
    }
    return united
  }

  /// Puts the calling thread before all ordinary ones. False: that is not permitted.
  @discardableResult
  static func comeFirst(priority: Int32 = 1) -> Bool {
    var parameters = sched_param(sched_priority: priority)
    return unsafe sched_setscheduler(0, SCHED_FIFO, &parameters) == 0
  }

  private func watch(_ processor: Int) {
    guard clinux_stay_on(Int32(processor)) == 0, Self.comeFirst(priority: Self.priority) else {
      return
    }
    while !isStopping.load(ordering: .acquiring) {
      let due = clinux_monotonic_ns() + Self.periodNs
      var until = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
      _ = unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nil)
      let woken = clinux_monotonic_ns()
      if woken > due + Self.lateNs { pauses.withLock { $0.append(due..<woken) } }
    }
  }
}
