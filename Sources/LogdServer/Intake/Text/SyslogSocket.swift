internal import LogdPlatform
internal import LogdWire

/// syslog.sock, which may stand at /dev/log: each datagram is a record, and says who has sent it,
/// SCM_CREDENTIALS. On the I/O thread.
///
/// Every datagram is looked at, committed by itself, and then taken out of the socket: whoever keeps
/// the socket over a kill keeps each of them, once. While the ring is full none is read, and senders
/// wait.
final class SyslogSocket: EventHandler, TextSource {
  private let socket: Descriptor
  private unowned let doors: TextDoors
  private let limits: Configuration.Limits
  private let buffer: Mapping
  private var token: EventLoop.Token?
  private var hasStopped = false
  private(set) var isWaiting = false
  private var senders: [Credentials: TextClient] = [:]

  /// In one round, so that a flood does not hold up others for longer.
  private static let datagramsMax = 64
  /// Of more processes the one that was silent longest is forgotten.
  private static let sendersMax = 256
  private static let shownNanoseconds: UInt64 = 60_000_000_000

  init(
    _ socket: consuming Descriptor, _ doors: TextDoors, _ limits: Configuration.Limits
  ) throws(Errno) {
    self.socket = socket
    self.doors = doors
    self.limits = limits
    buffer = try Mapping(privateByteCount: doors.lineBytesMax)
    try self.socket.passCredentials()
    try doors.intake.file.settleDatagrams(self.socket)
    token = try doors.loop.add(self.socket.raw, .readable, self)
  }

  /// Those who have sent something in the last minute.
  var clients: [TextClient] {
    let now = Clock.monotonicNanoseconds()
    return senders.values.filter { now < $0.lastSeen + Self.shownNanoseconds }
  }

  func ready(_ events: Events) {
    doors.intake.turn { _ = turn() }
  }

  func stop() {
    hasStopped = true
    unwatch()
    for sender in senders.values { doors.tellSuppressed(sender) }
  }

  private func unwatch() {
    if let token { doors.loop.remove(token) }
    token = nil
  }

  func turn() -> Bool {
    guard !hasStopped, !isWaiting else { return false }
    for _ in 0..<Self.datagramsMax {
      guard doors.intake.hasRoom else {
        wait()
        return false
      }
      guard takeOne() else { return false }
    }
    return true
  }

  private func wait() {
    isWaiting = true
    unwatch()
    doors.wait(for: self)
  }

  func goOn() {
    isWaiting = false
    guard !hasStopped, token == nil else { return }
    do throws(Errno) {
      token = try doors.loop.add(socket.raw, .readable, self)
    } catch {
      doors.loop.after(100_000_000) { [weak self] in self?.goOn() }  // no memory in the kernel
    }
  }

  /// False: there is none.
  private func takeOne() -> Bool {
    do throws(Errno) {
      let datagram = try buffer.lookAtDatagram(of: socket)
      let peer = Credentials(pid: datagram.pid, uid: datagram.uid, gid: datagram.gid)
      let sender = sender(peer)
      sender.counts.bytes += UInt64(datagram.byteCount)
      buffer.withBytes(0, datagram.byteCount) { bytes in
        doors.take(bytes, of: sender, isCut: datagram.isCut)
      }
      if datagram.byteCount > 0 {
        doors.intake.commitDatagram(of: socket)
      } else {
        socket.takeOutDatagram()  // no look shows whether it was
        doors.intake.commit()
      }
      return true
    } catch {
      return false  // EAGAIN; anything else is tried again with the next event
    }
  }

  private func sender(_ peer: Credentials) -> TextClient {
    if let sender = senders[peer] { return sender }
    if senders.count >= Self.sendersMax,
      let oldest = senders.min(by: { $0.value.lastSeen < $1.value.lastSeen })
    {
      doors.tellSuppressed(oldest.value)
      senders[oldest.key] = nil
    }
    let sender = TextClient(
      peer, door: TextDoors.syslogDoor, limits, connectedAt: Clock.monotonicNanoseconds())
    senders[peer] = sender
    return sender
  }
}
