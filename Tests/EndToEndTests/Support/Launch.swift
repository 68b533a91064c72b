internal import CLinux
internal import Glibc
internal import LogdPlatform

/// How a program is started: the file actions and attributes of posix_spawn(3).
// SAFETY: initialised in init, destroyed in deinit, and seen by nobody else.
@safe struct Launch: ~Copyable {
  private var actions = unsafe posix_spawn_file_actions_t()
  private var attributes = posix_spawnattr_t()

  init(output: String, errors: String) {
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    setSignals()
  }

  deinit {
    // The copies are what the functions want to change and free.
    var actions = unsafe actions
    var attributes = attributes
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
  }

  /// A shell script's background jobs ignore SIGINT, and what ignores is inherited.
  private mutating func setSignals() {
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  mutating func start(
    _ path: String, _ arguments: [String], _ environment: [String: String]
  ) throws(SystemError) -> Int32 {
    var words = unsafe CStrings([path] + arguments)
    var variables = unsafe CStrings(environment.map { "\($0.key)=\($0.value)" })
    var pid: pid_t = 0
    let code = unsafe posix_spawn(
      &pid, path, &actions, &attributes, &words.pointers, &variables.pointers)
    guard code == 0 else { throw SystemError("start", path, Errno(code)) }
    return pid
  }
}

/// Strings as C wants them: copies, and a null at the end.
@unsafe private struct CStrings: ~Copyable {
  var pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) {
    unsafe pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
  }

  deinit { unsafe pointers.forEach { unsafe free($0) } }
}
