internal import CLinux
internal import FoundationEssentials
internal import Glibc
internal import LogdPlatform

/// A program that a test started, with its output in files. Killed with -9 at the latest when
/// nobody holds this any more, so that a failing test leaves nothing behind.
final class RunningProgram {
  let pid: Int32
  private let path: String
  private let pidfd: Descriptor
  let output: String
  private let errors: String
  private var ending: Ending?

  /// Starts `path`, posix_spawn(3), with nothing but standard streams, `environment` as the whole
  /// environment, and signals as after a login. `output` and `errors` are files to be made.
  init(
    _ path: String, _ arguments: [String], environment: [String: String], output: String,
    errors: String
  ) throws(SystemError) {
    self.path = path
    self.output = output
    self.errors = errors
    var launch = Launch(output: output, errors: errors)
    pid = try launch.start(path, arguments, environment)
    do {
      pidfd = Descriptor(owning: try check(clinux_pidfd(pid)))
    } catch {
      Glibc.kill(pid, SIGKILL)
      throw SystemError("watch", path, error)
    }
  }

  deinit { kill() }

  /// How it ended; `nil` when it has not after `limit`. An event, not a sleep: pidfd_open(2).
  func ending(within limit: Duration) -> Ending? {
    if let ending { return ending }
    guard clinux_poll(pidfd.raw, 1, Int32(limit / .milliseconds(1))) > 0 else { return nil }
    var status: Int32 = 0
    precondition(unsafe waitpid(pid, &status, 0) == pid, "our child, waited for only here")
    ending = Ending(status: status)
    return ending
  }

  /// Sends a signal, unless it has ended: then the number may be another's.
  func send(_ signal: Int32) {
    if ending == nil { Glibc.kill(pid, signal) }
  }

  /// Stops it, and returns once none of its threads runs any more: kill(2) returns before that.
  func pause() {
    send(SIGSTOP)
    var what = unsafe siginfo_t()
    unsafe waitid(P_PID, id_t(pid), &what, WSTOPPED | WEXITED | WNOWAIT)
  }

  func resume() { send(SIGCONT) }

  func kill() {
    send(SIGKILL)
    _ = ending(within: .seconds(10))  // collected, so that no zombie stays
  }

  /// What it has said so far.
  var standardOutput: String { Self.text(output) }
  var standardError: String { Self.text(errors) }

  private static func text(_ path: String) -> String {
    // It was made at the start: what cannot be read now says nothing.
    let bytes = (try? FileContents.read(path, bytesMax: 64 << 20)) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }
}
