internal import Glibc
internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// A step of a commit, of its recovery, or of a rotation, at which a build for tests can be made to die.
///
/// `LOGD_CRASH_AT=after-note:7` in the environment of a build with `-DCRASH_POINTS`: the step is
/// passed seven times, and the eighth time the process kills itself there with SIGKILL, which is
/// as sudden as it gets. In all other builds there is nothing of it: ``pass(dying:)`` is empty and
/// inlined.
enum CrashPoint: String {
  /// Formatted, and nothing is noted yet.
  case beforeNote = "before-note"
  /// The ledger has it, the file nothing.
  case afterNote = "after-note"
  /// Half of the batch is in the file.
  case inWrite = "in-write"
  /// All is in the file, no tail has moved.
  case afterWrite = "after-write"
  /// The tails of some rings have moved.
  case betweenTails = "between-tails"
  /// All tails have moved, the ledger's mark still stands.
  case beforeClear = "before-clear"
  /// The recovery has appended half of what was missing.
  case inRecovery = "in-recovery"
  /// The recovery has appended what was missing, the ledger's mark still stands.
  case afterRecovery = "after-recovery"

  /// The log file has the name of an archive, and nobody has its name.
  case afterRename = "after-rename"
  /// There is a new file, and the writer has not heard of it.
  case afterMake = "after-make"
  /// Half of an archive is compressed.
  case inCompress = "in-compress"
  /// Both forms of an archive are there.
  case afterCompress = "after-compress"
  /// The writer has changed to the new file.
  case afterLeave = "after-leave"

  #if CRASH_POINTS
    private static let plan: (point: CrashPoint, passes: Int)? = {
      // SAFETY: nobody changes the environment; the string is copied.
      guard let value = unsafe getenv("LOGD_CRASH_AT") else { return nil }
      let words = unsafe String(cString: value).split(separator: ":")
      guard words.count == 2, let point = CrashPoint(rawValue: String(words[0])),
        let passes = Int(words[1])
      else { preconditionFailure("LOGD_CRASH_AT is POINT:PASSES") }
      return (point, passes)
    }()
    private static let passed = Atomic<Int>(0)

    /// Dies here if it is planned, after `dying`.
    func pass(dying: () -> Void = {}) {
      guard let plan = Self.plan, plan.point == self,
        Self.passed.wrappingAdd(1, ordering: .relaxed).oldValue == plan.passes
      else { return }
      dying()
      kill(getpid(), SIGKILL)
      while true { pause() }
    }
  #else
    @inline(__always) func pass(dying: () -> Void = {}) {}
  #endif

  /// Traps on a record that begins with `poison`: a mistake in reading, in a build for tests.
  @inline(__always) static func read(_ bytes: RawSpan, message offset: Int) {
    #if CRASH_POINTS
      let word = Array("poison".utf8)
      guard bytes.byteCount >= offset + word.count else { return }
      precondition(!word.indices.allSatisfy { bytes.u8(at: offset + $0) == word[$0] }, "poison")
    #endif
  }
}
