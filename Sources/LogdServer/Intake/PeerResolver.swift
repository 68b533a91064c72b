internal import CLinux
internal import CSystemd
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// What /proc says of a peer; empty where the process was gone before it could be asked.
struct PeerDescription: Sendable {
  var unit = ""
  var comm = ""
}

/// Asks /proc about new clients, on a thread of its own: it can be slow, and neither the I/O
/// thread nor the writer waits for it.
// SAFETY: the queue is guarded by the mutex.
final class PeerResolver: @unchecked Sendable {
  private struct Question {
    let pid: Int32
    /// Holds the process's identity: a pid may be another's by the time /proc is read.
    let pidfd: Int32
    let answer: @Sendable (PeerDescription) -> Void
  }
  private struct State {
    var questions: [Question] = []
    var isStopping = false
  }

  private let state = Mutex(State())
  private let word = WakeWord()
  private let loop: EventLoop
  private var thread: PlatformThread?

  init(_ loop: EventLoop) throws(Errno) {
    self.loop = loop
    thread = try PlatformThread("logd-resolve") { [unowned self] in run() }
  }

  /// Has `answer` called on the loop's thread. Nothing is asked where the kernel gives no pidfd
  /// of the peer (before Linux 6.5) and the process is gone.
  func describe(pid: Int32, socket: Int32, _ answer: @escaping (PeerDescription) -> Void) {
    let pidfd = clinux_peer_pidfd(socket)
    // SAFETY: made and called on the loop's thread; the resolver only carries it.
    nonisolated(unsafe) let answer = answer
    let question = Question(pid: pid, pidfd: pidfd) { [loop] description in
      loop.post { unsafe answer(description) }
    }
    state.withLock { $0.questions.append(question) }
    word.wake()
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    word.wake()
    thread?.join()
  }

  private func run() {
    while true {
      let ticket = word.ticket
      let (questions, isStopping) = state.withLock { state in
        defer { state.questions = [] }
        return (state.questions, state.isStopping)
      }
      for question in questions { answer(question) }
      if isStopping { return }
      if questions.isEmpty { word.wait(ticket, nanoseconds: nil) }
    }
  }

  private func answer(_ question: Question) {
    var description = PeerDescription()
    description.unit = Self.unit(of: question.pid)
    description.comm = Self.comm(of: question.pid)
    if question.pidfd >= 0 {
      // A pidfd is readable once its process has ended: then the answer may be another's.
      let hasEnded = clinux_poll(question.pidfd, 1, 0) != 0
      _ = clinux_close(question.pidfd)
      if hasEnded { return }
    }
    question.answer(description)
  }

  /// The systemd unit, sd_pid_get_unit(3), or the user's unit.
  private static func unit(of pid: Int32) -> String {
    var name: UnsafeMutablePointer<CChar>?
    // SAFETY: the call gives a string to be freed, or a negative errno and nothing.
    if unsafe sd_pid_get_unit(pid, &name) < 0, unsafe sd_pid_get_user_unit(pid, &name) < 0 {
      return ""
    }
    defer { unsafe free(name) }
    return unsafe name.map { unsafe String(cString: $0) } ?? ""
  }

  private static func comm(of pid: Int32) -> String {
    let fd = unsafe open("/proc/\(pid)/comm", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return "" }
    let file = Descriptor(owning: fd)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe clinux_read(file.raw, &bytes, 64)
    guard count > 0 else { return "" }
    return String(decoding: bytes.prefix(Int(count)).prefix { $0 != 10 }, as: UTF8.self)
  }
}
