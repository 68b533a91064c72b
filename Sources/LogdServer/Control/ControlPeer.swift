internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Who is connected to control.sock, as the kernel saw it at connect(2).
struct ControlPeer: Sendable {
  let pid: Int32
  let uid: UInt32
  /// Root, the daemon's own user, members of the group that the configuration names, be it their
  /// main group or another one. Without a name there it is nobody else: the daemon's own group may
  /// be one that all users are in.
  let mayChange: Bool

  /// - Parameter group: `listen.control.group` by its number.
  init(of socket: borrowing Descriptor, group: UInt32?) throws(Errno) {
    var (pid, uid, ownGroup): (Int32, UInt32, UInt32) = (0, 0, 0)
    _ = try check(unsafe clinux_peer(socket.raw, &pid, &uid, &ownGroup))
    self.pid = pid
    self.uid = uid
    let isMember = try group.map { (group) throws(Errno) in
      try check(clinux_peer_is_in_group(socket.raw, group)) == 1
    }
    mayChange = uid == 0 || uid == geteuid() || isMember == true
  }
}
