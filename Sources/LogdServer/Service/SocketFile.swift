internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A listening socket, or one for datagrams, in the runtime directory, and who reaches it.
struct SocketFile {
  let path: String
  let mode: UInt32
  let group: UInt32?

  /// Binds a listening socket, in place of one that a dead daemon left: the caller holds the lock
  /// of the runtime directory, so nobody lives there.
  func listen(type: clinux_socket_type) throws(StartupError) -> Descriptor {
    do throws(Errno) {
      let socket = Descriptor(owning: try check(clinux_socket(Int32(type.rawValue))))
      if unsafe unlink(path) != 0, Errno.current != Errno(ENOENT) { throw Errno.current }
      // Nobody gets in before mode and group are what was asked for.
      let before = umask(0o177)
      defer { umask(before) }
      _ = try check(unsafe clinux_bind(socket.raw, path))
      try setAccess()
      if type != CLINUX_DATAGRAM {
        _ = try check(clinux_listen(socket.raw, Int32(SOMAXCONN)))
      }
      return socket
    } catch {
      throw StartupError(.cannotCreate, "\(SystemError("create", "the socket \(path)", error))")
    }
  }

  /// Gives mode and group to a socket that is there.
  func apply() throws(StartupError) {
    do throws(Errno) {
      try setAccess()
    } catch {
      throw StartupError(
        .cannotCreate, "\(SystemError("set the mode of", "the socket \(path)", error))")
    }
  }

  private func setAccess() throws(Errno) {
    if let group, unsafe chown(path, .max, group) != 0 { throw Errno.current }
    guard unsafe chmod(path, mode) == 0 else { throw Errno.current }
  }
}

/// Names of the user database.
enum Account {
  /// The number of a group that `key` of the configuration names, getgrnam(3). Reads files.
  static func group(_ name: String?, key: String) throws(StartupError) -> UInt32? {
    guard let name else { return nil }
    if let number = UInt32(name) { return number }
    // SAFETY: the answer is read at once, and nobody else asks meanwhile.
    guard let entry = unsafe getgrnam(name) else {
      throw StartupError(.configuration, "\(key): there is no group \"\(name)\"")
    }
    return unsafe entry.pointee.gr_gid
  }
}
