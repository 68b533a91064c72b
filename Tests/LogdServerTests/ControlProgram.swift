import CLinux
import Glibc
import LogdPlatform

/// A program of ours as a process; what it writes goes into files.
///
/// Every wait has a deadline, a long one as all tests may run at once on a busy machine: a program that
/// hangs is killed, and the test fails by its exit code.
final class ControlProgram {
  private static let binaries: String = {
    // The tests are built beside the programs.
    let own = (try? FileContents.read("/proc/self/cmdline", bytesMax: 1 << 20)) ?? []
    let path = String(decoding: own.prefix { $0 != 0 }, as: UTF8.self)
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
  }()

  private let files = TemporaryLog()
  private let pid: pid_t
  private var ended: Int32?

  /// What the sanitizers of a test's programs are told: what is held at the end is no leak.
  private static let sanitizers = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { variable($0) }

  private static func variable(_ name: String) -> String? {
    // SAFETY: nobody changes the environment.
    unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
  }

  init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    pid = try Self.spawn(
      "\(Self.binaries)/\(name)", arguments,
      Self.sanitizers + environment.map { "\($0)=\($1)" },
      output: "\(files.directory)/out", errors: "\(files.directory)/err")
  }

  deinit {
    if ended == nil {
      kill(pid, SIGKILL)
      _ = waitpid(pid, nil, 0)
    }
  }

  var output: String { text("out") }
  var errors: String { text("err") }

  private func text(_ name: String) -> String {
    let bytes = (try? FileContents.read("\(files.directory)/\(name)", bytesMax: 1 << 26)) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Waits for its end; -1: it was killed because it did not end, -2: a signal ended it.
  func exitCode(within seconds: UInt64 = 60) -> Int32 {
    let deadline = clinux_monotonic_ns() + seconds * 1_000_000_000
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, WNOHANG) == 0 {
      if clinux_monotonic_ns() > deadline { return -1 }
      _ = clinux_poll(-1, 0, 1)
    }
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -2
    ended = code
    return code
  }

  /// Waits until its output satisfies `condition`; answers whether it did in time.
  func outputs(within seconds: UInt64 = 60, _ condition: (String) -> Bool) -> Bool {
    let deadline = clinux_monotonic_ns() + seconds * 1_000_000_000
    while !condition(output) {
      if clinux_monotonic_ns() > deadline { return false }
      _ = clinux_poll(-1, 0, 2)
    }
    return true
  }

  /// How often it went to sleep so far, proc_pid_status(5).
  func contextSwitches() throws -> Int {
    let status = try FileContents.read("/proc/\(pid)/status", bytesMax: 1 << 16)
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return line.flatMap { Int($0.split(separator: "\t")[1]) } ?? -1
  }

  /// Runs one to its end.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, output: String, errors: String) {
    let program = try ControlProgram(name, arguments, environment: environment)
    let exitCode = program.exitCode()
    return (exitCode, program.output, program.errors)
  }

  /// posix_spawn(3)
  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], output: String, errors: String
  ) throws(Errno) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (descriptor, file) in [(Int32(1), output), (2, errors)] {
      unsafe posix_spawn_file_actions_addopen(
        &actions, descriptor, file, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    // SAFETY: the strings live until after the call, which copies them.
    let argv = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    let envp = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let result = unsafe posix_spawn(&pid, path, &actions, nil, argv, envp)
    if result != 0 { throw Errno(result) }
    return pid
  }
}
