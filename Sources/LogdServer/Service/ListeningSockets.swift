// The listening sockets, each from the first of these that there is:
// 1. NAME, handed over: a unit's socket, or the supervisor's. Theirs to remove, and theirs are
//    mode and group.
// 2. own-NAME, handed over: bound by an earlier daemon that died, and kept in the store, so that
//    those who were waiting in its backlog are served. Ours to remove.
// 3. Bound here, and with a service manager put into its store as own-NAME.

internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

struct ListeningSockets {
  private let manager: ServiceManager?
  private let inbox: WriterInbox
  private var own: [(name: String, path: String)] = []

  init(_ manager: ServiceManager?, _ inbox: WriterInbox) {
    self.manager = manager
    self.inbox = inbox
  }

  /// The socket `name`, nonblocking, that listens at `path`. `key` names its group in the
  /// configuration. A failure removes those that were opened before: it is the end of the start.
  mutating func open(
    _ name: String, _ path: String, type: clinux_socket_type, _ settings: Configuration.Socket,
    key: String, from inherited: inout InheritedDescriptors
  ) throws(StartupError) -> Descriptor {
    do throws(StartupError) {
      return try find(name, path, type, settings, key: key, from: &inherited)
    } catch {
      remove()
      throw error
    }
  }

  private mutating func find(
    _ name: String, _ path: String, _ type: clinux_socket_type, _ settings: Configuration.Socket,
    key: String, from inherited: inout InheritedDescriptors
  ) throws(StartupError) -> Descriptor {
    if let socket = inherited.take(name) {
      try Self.checkType(of: socket, name, type)
      return socket
    }
    let group = try Account.group(settings.group, key: key)
    let access = SocketFile(path: path, mode: settings.mode, group: group)
    if let socket = inherited.take(Self.ownName(name)), Self.isAt(path, socket, type) {
      try access.apply()
      own.append((Self.ownName(name), path))
      return socket
    }
    let socket = try access.listen(type: type)
    own.append((Self.ownName(name), path))
    keep(socket, Self.ownName(name))
    return socket
  }

  private static func ownName(_ name: String) -> String { "own-\(name)" }

  private static func checkType(
    of socket: borrowing Descriptor, _ name: String, _ type: clinux_socket_type
  ) throws(StartupError) {
    let found = clinux_listener_type(socket.raw)
    guard found == Int32(type.rawValue), clinux_set_nonblocking(socket.raw, true) == 0 else {
      let kind =
        switch type {
        case CLINUX_SEQPACKET: "ListenSequentialPacket"
        case CLINUX_DATAGRAM: "ListenDatagram"
        default: "ListenStream"
        }
      throw StartupError(
        .configuration,
        "the descriptor \"\(name)\" that the service manager handed over is not a listening Unix "
          + "socket of the right type: its unit needs \(kind)= with a path")
    }
  }

  /// Whether who connects to the path still comes out at this socket: the runtime directory may be
  /// another one since, or somebody may have cleared it.
  private static func isAt(
    _ path: String, _ socket: borrowing Descriptor, _ type: clinux_socket_type
  ) -> Bool {
    guard clinux_listener_type(socket.raw) == Int32(type.rawValue) else { return false }
    var bytes = [CChar](repeating: 0, count: Int(CLINUX_SOCKET_PATH_MAX) + 1)
    guard unsafe clinux_socket_path(socket.raw, &bytes) == 0 else { return false }
    let bound = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let file = try? FileStatus(of: path, followingLinks: false)  // gone: to be bound again
    return bound.elementsEqual(path.utf8) && file?.kind == .socket
  }

  /// In place of an earlier one of that name.
  private func keep(_ socket: borrowing Descriptor, _ name: String) {
    guard let manager else { return }
    manager.remove(name: name)
    do throws(Errno) {
      try manager.store(socket.raw, name: name)
    } catch {
      inbox.say(
        .warning, "the service manager does not keep a socket over a crash",
        [("name", name), ("reason", "\(error)")])
    }
  }

  /// At an orderly end: nobody comes back to what was bound here.
  func remove() {
    for each in own {
      unsafe _ = unlink(each.path)  // gone already: as it should be
      manager?.remove(name: each.name)
    }
  }
}
