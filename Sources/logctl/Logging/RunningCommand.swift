internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A command whose output comes to us, and to which signals are passed on.
final class RunningCommand {
  let output: Descriptor
  let errors: Descriptor
  private let pid: pid_t
  private let signals: PassedSignals

  /// Starts it, posix_spawnp(3), with our standard input and environment.
  init(_ command: [String]) throws(CommandError) {
    do throws(Errno) {
      let output = try Self.pipe()
      let errors = try Self.pipe()
      signals = try PassedSignals()
      pid = try Self.start(
        command, output.writing.raw, errors.writing.raw, mask: signals.before)
      self.output = output.reading
      self.errors = errors.reading
    } catch {
      throw CommandError(errno: error)
    }
    do throws(Errno) {
      try signals.begin(for: pid)
    } catch {
      kill(pid, SIGKILL)
      throw CommandError(errno: error)
    }
  }

  /// Waits until it has ended.
  func wait() -> CommandEnd {
    signals.waitForEnd()
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0 {
      precondition(Errno.current.isInterrupted, "our child, waited for only here")
    }
    return CommandEnd(status: status)
  }

  private struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor
  }

  private static func pipe() throws(Errno) -> Pipe {
    var ends: [Int32] = [0, 0]
    guard unsafe Glibc.pipe(&ends) == 0 else { throw .current }
    let reading = Descriptor(owning: ends[0])
    let writing = Descriptor(owning: ends[1])
    return Pipe(reading: try moved(reading), writing: try moved(writing))
  }

  /// The same, closed by exec, and above the numbers of standard streams.
  private static func moved(_ end: borrowing Descriptor) throws(Errno) -> Descriptor {
    Descriptor(owning: try check(clinux_dup_above(end.raw, 3)))
  }

  private static func start(
    _ command: [String], _ output: Int32, _ errors: Int32, mask: sigset_t
  ) throws(Errno) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var mask = mask
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // SAFETY: every string lives until it is freed below, the array ends with nil.
    var words = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, command[0], &actions, &attributes, &words, environ)
    guard code == 0 else { throw Errno(code) }
    return pid
  }
}

/// Why a command could not be started.
struct CommandError: Error {
  let errno: Errno

  /// As shells say it.
  var exitCode: Int32 { errno.isMissing ? 127 : 126 }
}
