// The daemon's parent where there is no service manager.
//
// It holds listening sockets and bags while the daemon is dead, and starts it again. It speaks
// systemd's protocol to it, so that the daemon knows one kind of service manager only.
//
// states   running(child) → waiting(delay) → running …; ended
// limits   1,024 descriptors, names of 64 bytes; nothing else grows. It has one thread, and waits
//          for nothing but signals and messages.
// faults   the daemon dies at any moment: what it had sent by then is read before the next one
//          starts. We die: the daemon is killed with us, PR_SET_PDEATHSIG, since nobody would
//          hold what it leaves. The program is replaced: the next daemon is the new one.

internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Runs the daemon as a child, and again when it dies. On the only thread of its process.
public final class Supervisor {
  private let loop: EventLoop
  private let messages: SupervisorSocket
  private let program: DaemonProgram
  private var signals: SignalSource?
  private var store = DescriptorStore()
  /// 0: it is dead.
  private var child: Int32 = 0
  private var startedAt: UInt64 = 0
  private var delay = RestartDelay()
  private var timer: UInt64 = 0
  /// Whether any daemon of ours has been ready: from then on a failure is none of the start.
  private var hasBeenReady = false
  private var isFullSaid = false
  /// SIGTERM and SIGINT that have come, and the last of them.
  private var stops = (count: 0, signal: SIGTERM)
  /// Daemons that are started to finish the stop of one that was killed in the middle of it.
  private var attemptsToStop = 3
  private var exitCode: Int32 = 0

  /// Throws a ``StartupError``.
  public init() throws(StartupError) {
    var inherited = try InheritedDescriptors()
    do throws(Errno) {
      loop = try EventLoop()
      messages = try SupervisorSocket()
      try messages.add(to: loop)
    } catch {
      throw StartupError(
        .cannotCreate, "\(SystemError("create", "the supervisor's socket", error))")
    }
    program = DaemonProgram(notifyAddress: messages.address)
    // Sockets that somebody has made for the daemon, systemd-socket-activate(1).
    inherited.giveAway { name, descriptor in keep(descriptor, name: name) }
  }

  /// Blocks until the daemon has ended for good; the exit code is the daemon's.
  public func run() throws -> Int32 {
    unsafe clinux_set_process_name("logd-supervisor")
    DescriptorLimit.raise()
    messages.take = { [unowned self] in take($0, $1) }
    // Blocked here, and so in the daemon until it has made its own signalfd: none is lost.
    signals = try SignalSource([SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2], loop) {
      [unowned self] in handle($0)
    }
    start()
    try loop.run()
    return exitCode
  }

  // MARK: the daemon

  private func start() {
    startedAt = Clock.monotonicNanoseconds()
    do throws(Errno) {
      child = try program.start(store)
    } catch {
      StandardError.warn("logd-supervisor: cannot start logd: \(error)")
      guard hasBeenReady else { return end(ExitCode.unavailable.rawValue) }
      return restart(wasKilled: false, why: "was not started")
    }
    messages.sender = child
    isFullSaid = false
    if stops.count > 0 { kill(child, stops.signal) }
  }

  /// All children that have ended: also orphans, when we are the first process of a container.
  private func collect() {
    while true {
      let pid = clinux_ended_child()
      if pid == 0 { return }
      // Before it is collected, so that its number is nobody else's.
      if pid == child { messages.readAll() }
      let status = clinux_collect(pid)
      if pid == child { ended(status) }
    }
  }

  private func ended(_ status: Int32) {
    let signal = status & 0x7f
    let code = status >> 8 & 0xff
    let why = signal == 0 ? "ended with code \(code)" : "was killed by signal \(signal)"
    let died = "logd[\(child)] \(why)"
    child = 0
    if signal == 0, code == 0 || !hasBeenReady || stops.count > 0 { return end(code) }
    if stops.count > 0 {
      attemptsToStop -= 1
      if stops.count > 1 || attemptsToStop == 0 { return end(128 + signal) }
    }
    restart(wasKilled: signal == SIGKILL, why: died)
  }

  private func restart(wasKilled: Bool, why: String) {
    let ran = Clock.monotonicNanoseconds() - startedAt
    let nanoseconds = delay.next(ranNanoseconds: ran, wasKilled: wasKilled)
    if nanoseconds == 0 {
      start()
      return StandardError.warn("logd-supervisor: \(why), it is started again")
    }
    timer = loop.after(nanoseconds) { [unowned self] in start() }
    StandardError.warn(
      "logd-supervisor: \(why), it is started again in \(nanoseconds / 1_000_000) ms")
  }

  private func end(_ code: Int32) {
    exitCode = code
    loop.stop()
  }

  // MARK: signals, messages

  private func handle(_ signal: Int32) {
    switch signal {
    case SIGCHLD: collect()
    case SIGTERM, SIGINT:
      stops = (stops.count + 1, signal)
      // What lies in the rings is written before the end, also when it is dead just now.
      if child == 0 { startNow() } else { kill(child, signal) }
    default:
      // A dead one needs none of them: the next reads its configuration and opens its file.
      if child != 0 { kill(child, signal) }
    }
  }

  private func startNow() {
    loop.cancel(timer)
    start()
  }

  private func take(_ message: Notification, _ descriptors: ArraySlice<Int32>) {
    if message.isReady { hasBeenReady = true }
    for number in descriptors {
      let descriptor = Descriptor(owning: number)
      if message.stores { keep(descriptor, name: message.name) }
    }
    if message.removes { store.remove(name: message.name) }
  }

  private func keep(_ descriptor: consuming Descriptor, name: String) {
    guard !store.add(descriptor, name: name), !isFullSaid else { return }
    isFullSaid = true
    StandardError.warn("logd-supervisor: the descriptor store is full")
  }
}
