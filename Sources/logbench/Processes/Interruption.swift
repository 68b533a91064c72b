internal import Glibc
internal import Synchronization

/// SIGINT and SIGTERM: the run ends in order, so that children and files are gone.
enum Interruption {
  // Read and set by a signal handler: an atomic in static storage is all that one may touch.
  private static let requested = Atomic<Bool>(false)

  /// From now on the signals are noted. Programs that we start are killed by them as usual.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { _ in Interruption.requested.store(true, ordering: .relaxed) }
    }
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// Throws when somebody wants us to end.
  static func check() throws(Failure) {
    if requested.load(ordering: .relaxed) { throw Failure("interrupted") }
  }
}
