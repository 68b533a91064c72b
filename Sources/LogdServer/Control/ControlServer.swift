internal import CLinux
internal import LogdControl
internal import LogdPlatform

/// The listener of control.sock: Varlink, see ``ControlInterface``.
///
/// Lives on the I/O thread. The number of connections is bounded, in all and for one user, so that
/// nobody can keep the others from asking for the status.
final class ControlServer: EventHandler {
  private static let connectionsMax = 128
  private static let connectionsMaxForUser = 48
  /// How long nothing is accepted after the process has run out of descriptors.
  private static let pauseNanoseconds: UInt64 = 100_000_000

  private let listener: Descriptor
  private let loop: EventLoop
  private unowned let delegate: any ControlDelegate
  private let decoder = CallDecoder()
  /// Whose members may change something, beside root and the daemon's own user.
  private let group: UInt32?
  private var token: EventLoop.Token?
  private var connections: [ObjectIdentifier: (connection: ControlConnection, user: UInt32)] = [:]

  /// Takes over a nonblocking stream socket that listens.
  ///
  /// - Parameters:
  ///   - delegate: not kept alive; it has to outlive the server, or ``close()`` it.
  ///   - group: whose members may change something, beside root and the daemon's own user.
  init(
    loop: EventLoop, delegate: any ControlDelegate, listener: consuming Descriptor,
    group: UInt32? = nil
  ) throws(Errno) {
    self.group = group
    self.listener = listener
    self.loop = loop
    self.delegate = delegate
    token = try loop.add(self.listener.raw, .readable, self, isFirst: true)
  }

  /// Takes no more connections, and ends those there are.
  func close() {
    if let token { loop.remove(token) }
    token = nil
    for each in connections.values { each.connection.close() }
  }

  /// One connection a round: the listener stays readable while there are more.
  func ready(_ events: Events) {
    do {
      try admit(Descriptor(owning: check(clinux_accept(listener.raw))))
    } catch {
      if !error.isWouldBlock { pause() }
    }
  }

  /// One too many is closed without a word.
  private func admit(_ descriptor: consuming Descriptor) throws(Errno) {
    let peer = try ControlPeer(of: descriptor, group: group)
    let ofUser = connections.values.count { $0.user == peer.uid }
    guard connections.count < Self.connectionsMax, ofUser < Self.connectionsMaxForUser else {
      return
    }
    let connection = try ControlConnection(
      descriptor, of: peer, loop: loop, delegate: delegate, decoder: decoder
    ) { [weak self] connection in
      self?.connections[ObjectIdentifier(connection)] = nil
    }
    connections[ObjectIdentifier(connection)] = (connection, peer.uid)
  }

  /// EMFILE, ENFILE, ENOMEM: the connection stays in the queue, and the loop must not spin for it.
  private func pause() {
    guard let token else { return }
    loop.modify(token, [])
    loop.after(Self.pauseNanoseconds) { [weak self] in
      guard let self, let token = self.token else { return }
      loop.modify(token, .readable)
    }
  }
}
