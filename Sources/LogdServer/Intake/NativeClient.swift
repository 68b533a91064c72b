// One connection of `native.sock`, on the I/O thread.
//
//   awaiting HELLO ──HELLO──▶ [awaiting its old ring ──released──▶] attached ──hang-up──▶ gone
//        └──────── anything else, or nothing for 10 s ─────────────────┴──────────────▶ gone
//
// What a client can send after HELLO is a doorbell. All else disconnects it.

internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

final class NativeClient: EventHandler {
  enum State {
    case awaitingHello
    /// Said HELLO; the answer is being made.
    case greeted
    /// Said HELLO naming a ring that this daemon is still draining.
    case awaitingRelease(Hello)
    case attached(Ring)
    case gone
  }

  let socket: Descriptor
  let pid: Int32
  let uid: UInt32
  let gid: UInt32
  /// CLOCK_MONOTONIC.
  let connectedAt: UInt64
  var state = State.awaitingHello
  var token: EventLoop.Token?
  /// Filled in by the resolver.
  var description = PeerDescription()
  private unowned let clients: ClientRegistry

  init(_ socket: consuming Descriptor, _ clients: ClientRegistry) throws(Errno) {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    _ = try check(unsafe clinux_peer(socket.raw, &pid, &uid, &gid))
    self.socket = socket
    self.pid = pid
    self.uid = uid
    self.gid = gid
    self.clients = clients
    connectedAt = Clock.monotonicNanoseconds()
  }

  /// Of an earlier daemon, which has asked the kernel who it is.
  init(_ socket: consuming Descriptor, _ clients: ClientRegistry, _ stored: StoredClient) {
    self.socket = socket
    pid = stored.pid
    uid = stored.uid
    gid = stored.gid
    self.clients = clients
    connectedAt = stored.connectedAt
  }

  /// The other side sees a hang-up, although a bag may hold the connection too.
  func close() { clinux_shutdown(socket.raw) }

  func ready(_ events: Events) {
    var packet = InlineArray<256, UInt8>(repeating: 0)
    let count = packet.receive(from: socket.raw)
    switch count {
    case -Int64(EAGAIN): if events.contains(.hangup) { clients.hangUp(self) }
    // recvmsg(2) on SEQPACKET: a first call can say ECONNRESET while a message is still queued.
    case -Int64(ECONNRESET): return
    case ...0 where count == -Int64(EMSGSIZE): clients.disconnect(self, "sent a message too long")
    case ...0: clients.hangUp(self)
    default:
      // SAFETY: bytes have no padding.
      unsafe receive(packet.span.bytes.extracting(0..<Int(count)))
    }
  }

  private func receive(_ packet: RawSpan) {
    switch state {
    case .attached(let ring):
      guard let bell = Bell(packet) else { return disconnect() }
      clients.inbox.ring(ring, for: bell.stamp.map(ring.onOurClock))
    case .awaitingHello:
      do throws(HandshakeError) {
        clients.greet(self, try Hello.decode(from: packet))
      } catch {
        clients.refuse(self, error.reason, "\(error)")
      }
    case .awaitingRelease: if Bell(packet) == nil { disconnect() }
    case .greeted, .gone: break
    }
  }

  private func disconnect() { clients.disconnect(self, "sent something else than a bell") }
}

extension InlineArray where Element == UInt8 {
  /// recvmsg(2) of one packet: its size, 0 at the end, or a negative errno.
  fileprivate mutating func receive(from socket: Int32) -> Int64 {
    var span = mutableSpan
    // SAFETY: the buffer is valid for the call, its size is passed along.
    return unsafe span.withUnsafeMutableBufferPointer { buffer in
      unsafe clinux_receive(socket, buffer.baseAddress, UInt64(buffer.count), false)
    }
  }
}
