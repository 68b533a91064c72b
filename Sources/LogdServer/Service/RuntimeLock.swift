internal import Glibc
internal import LogdPlatform

/// Opens the ledger and locks it, flock(2): one daemon serves a runtime directory.
enum RuntimeLock {
  static func open(_ paths: RuntimePaths) throws(StartupError) -> Descriptor {
    let fd = unsafe Glibc.open(paths.ledger, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard fd >= 0 else {
      let error = SystemError("open", paths.ledger, Errno.current)
      throw StartupError(.cannotCreate, "\(error)")
    }
    let file = Descriptor(owning: fd)
    guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else {
      let errno = Errno.current
      guard errno.isWouldBlock else {
        throw StartupError(.inputOutput, "\(SystemError("lock", paths.ledger, errno))")
      }
      throw StartupError(
        .alreadyRunning,
        "another logd already serves \(paths.directory): stop it, or choose another runtime "
          + "directory with --runtime-dir")
    }
    return file
  }
}
