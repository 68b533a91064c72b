internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// Accepts the connections of a socket. On the I/O thread.
final class ConnectionListener: EventHandler {
  private let socket: Descriptor
  private let loop: EventLoop
  private let inbox: WriterInbox
  private let welcome: (consuming Descriptor) -> Void
  private var token: EventLoop.Token?

  /// So many in one round, so that a crowd at the door does not hold up those inside.
  private static let acceptsMax = 64
  /// Out of descriptors: how long nobody is let in, instead of spinning.
  private static let pauseNanoseconds: UInt64 = 100_000_000

  init(
    _ socket: consuming Descriptor, _ loop: EventLoop, _ inbox: WriterInbox,
    welcome: @escaping (consuming Descriptor) -> Void
  ) throws(Errno) {
    self.socket = socket
    self.loop = loop
    self.inbox = inbox
    self.welcome = welcome
    token = try loop.add(self.socket.raw, .readable, self)
  }

  func stop() {
    if let token { loop.remove(token) }
    token = nil
  }

  func ready(_ events: Events) {
    for _ in 0..<Self.acceptsMax {
      let result = clinux_accept(socket.raw)
      if result >= 0 {
        welcome(Descriptor(owning: result))
      } else if result == -ECONNABORTED {
        continue
      } else {
        if result != -EAGAIN { pause(Errno(-result)) }
        return
      }
    }
  }

  /// EMFILE, ENFILE, ENOMEM: connections stay in the backlog until there is room again.
  private func pause(_ errno: Errno) {
    guard let token else { return }
    inbox.say(
      .error, "cannot accept a connection, will try again", [("reason", errno.description)])
    loop.modify(token, [])
    loop.after(Self.pauseNanoseconds) { [weak self] in
      guard let self, let token = self.token else { return }
      loop.modify(token, .readable)
    }
  }
}
