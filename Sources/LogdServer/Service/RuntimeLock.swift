internal import Glibc
internal import LogdPlatform

/// Opens the ledger and locks it, flock(2): one daemon serves a runtime directory.
enum RuntimeLock {
  /// With a manager it waits for the lock: the daemon before may be dying still. By hand, which is
  /// under a supervisor of its own, a second one is a mistake.
  static func open(
    _ paths: RuntimePaths, _ manager: ServiceManager?
  ) throws(StartupError) -> Descriptor {
    while true {
      let file = try openLedger(paths)
      if try !lock(file, LOCK_EX | LOCK_NB, paths) {
        guard let manager, !manager.isSupervisor else { throw Self.alreadyRunning(paths) }
        manager.notify("STATUS=waiting for another logd that still serves \(paths.directory)")
        _ = try lock(file, LOCK_EX, paths)
      }
      // A daemon that makes a larger ledger renames it into place: then this was the old one.
      let named = try? FileStatus(of: paths.ledger, followingLinks: false)
      let locked = try? FileStatus(of: file)
      if let named, named.identity == locked?.identity { return file }
    }
  }

  private static func openLedger(_ paths: RuntimePaths) throws(StartupError) -> Descriptor {
    let fd = unsafe Glibc.open(paths.ledger, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else {
      let error = SystemError("open", paths.ledger, Errno.current)
      guard error.errno.isForbidden else { throw StartupError(.cannotCreate, "\(error)") }
      throw StartupError(
        .notPermitted,
        "\(error): run logd as the owner of \(paths.directory), or choose another runtime "
          + "directory with --runtime-dir")
    }
    return Descriptor(owning: fd)
  }

  /// Whether it was free.
  private static func lock(
    _ file: borrowing Descriptor, _ operation: Int32, _ paths: RuntimePaths
  ) throws(StartupError) -> Bool {
    if flock(file.raw, operation) == 0 { return true }
    let errno = Errno.current
    if errno.isWouldBlock { return false }
    throw StartupError(.inputOutput, "\(SystemError("lock", paths.ledger, errno))")
  }

  private static func alreadyRunning(_ paths: RuntimePaths) -> StartupError {
    StartupError(
      .alreadyRunning,
      "another logd already serves \(paths.directory): stop it, or choose another runtime "
        + "directory with --runtime-dir")
  }
}
