// One connection to control.sock, a state machine on the I/O thread.
//
//   reading    waits for a call, answers it                          → waiting, streaming
//   waiting    for the daemon to end what was asked, then replies    → reading
//   streaming  replies once an interval, until the client goes
//   closed     gone, or handed over to ``Following``
//
// Limits and invariants
// 1. Calls are answered in their order, one a round of the loop: nobody else waits for a client that
//    asks a thousand times.
// 2. At most one reply is held. While it has not gone out, nothing is read and no tick is sent; if
//    that lasts `stallNanoseconds`, the client is disconnected.
// 3. At most `ControlInput.bytesMax` are held of what came in. A longer message, or one that is no
//    Varlink call, ends the connection.
// 4. A client that has sent its last call and shut down its side still gets its replies.
// 5. Nothing is asked of the kernel, and no timer runs, while nobody asks anything.

internal import CLinux
internal import LogdControl
internal import LogdPlatform

final class ControlConnection: EventHandler {
  private enum State { case reading, waiting, streaming, closed }

  private let descriptor: Descriptor
  private let peer: ControlPeer
  private let loop: EventLoop
  private unowned let delegate: any ControlDelegate
  private let decoder: CallDecoder
  private let stallNanoseconds: UInt64
  private let onClose: (ControlConnection) -> Void
  private var token: EventLoop.Token?
  private var state = State.reading
  private var input = ControlInput()
  private var output: ArraySlice<UInt8> = []
  /// The client sends nothing more.
  private var inputEnded = false
  private var watched: Events = .readable
  private var stallTimer: UInt64?
  private var tickTimer: UInt64?
  private var turnTimer: UInt64?

  /// Takes over a connected nonblocking socket.
  ///
  /// - Parameter stallNanoseconds: how long a reply may wait for a client that does not read.
  init(
    _ descriptor: consuming Descriptor, of peer: ControlPeer, loop: EventLoop,
    delegate: any ControlDelegate, decoder: CallDecoder,
    stallNanoseconds: UInt64 = 10_000_000_000,
    onClose: @escaping (ControlConnection) -> Void
  ) throws(Errno) {
    self.descriptor = descriptor
    self.peer = peer
    self.loop = loop
    self.delegate = delegate
    self.decoder = decoder
    self.stallNanoseconds = stallNanoseconds
    self.onClose = onClose
    token = try loop.add(self.descriptor.raw, watched, self, isFirst: true)
  }

  func ready(_ events: Events) {
    if events.contains(.writable) { send() }
    if events.contains(.readable) {
      receive()
    } else if !events.isDisjoint(with: [.hangup, .error]) {
      close()
    }
    takeTurn()
  }

  /// Forgets everything and closes the socket. Also from outside, when the daemon stops.
  func close() {
    guard state != .closed else { return }
    state = .closed
    for timer in [stallTimer, tickTimer, turnTimer] { timer.map(loop.cancel) }
    if let token { loop.remove(token) }
    token = nil
    // The descriptor itself is closed with the last reference, when no call is under way.
    onClose(self)
  }

  // MARK: In

  private func receive() {
    var chunk = [UInt8](repeating: 0, count: min(4096, input.room))
    do {
      let count: Int = try check(
        unsafe clinux_receive(descriptor.raw, &chunk, UInt64(chunk.count), false))
      if count == 0 { inputEnded = true }
      input.append(chunk[..<count])
    } catch {
      if !error.isWouldBlock { close() }
    }
  }

  /// Answers one call; if there may be another one, that is for the next round.
  private func takeTurn() {
    if state == .reading, output.isEmpty {
      if let message = input.next() {
        answer(message)
        if state == .reading { scheduleTurn() }
      } else if inputEnded || input.isOverlong {
        close()
      }
    }
    updateInterest()
  }

  private func scheduleTurn() {
    guard turnTimer == nil else { return }
    turnTimer = loop.after(0) { [weak self] in
      self?.turnTimer = nil
      self?.takeTurn()
    }
  }

  private func answer(_ message: [UInt8]) {
    guard let call = decoder.decode(message) else { return close() }
    let isOneway = call.oneway == true
    switch ControlAnswer(to: call, of: peer, asking: delegate) {
    case .reply(let bytes): if !isOneway { send(bytes) }
    case .flush(let durable, let timeout):
      let done = awaitReply(isOneway: isOneway)
      delegate.flush(durable: durable, deadline: clinux_monotonic_ns() + timeout) {
        done(ControlAnswer.reply(to: $0))
      }
    case .rotate:
      let done = awaitReply(isOneway: isOneway)
      delegate.rotate { done(ControlAnswer.reply(toRotate: $0)) }
    case .reload:
      let done = awaitReply(isOneway: isOneway)
      delegate.reload { done(ControlAnswer.reply(toReload: $0)) }
    case .stream(let interval): if !isOneway { startStream(interval) }
    case .follow: handOver()
    }
  }

  /// Nothing more is read until what this answers is called with the reply.
  private func awaitReply(isOneway: Bool) -> ([UInt8]) -> Void {
    state = .waiting
    return { [weak self] reply in
      guard let self, state == .waiting else { return }
      state = .reading
      if !isOneway { send(reply) }
      scheduleTurn()
    }
  }

  /// The connection is somebody else's from here on.
  private func handOver() {
    let number = clinux_dup_above(descriptor.raw, 0)
    if number >= 0, !delegate.follow(Descriptor(owning: number)) {
      return send(ControlAnswer.tooManyFollowers)
    }
    close()
  }

  private func startStream(_ intervalNanoseconds: UInt64) {
    state = .streaming
    if output.isEmpty { send(ControlAnswer.status(of: delegate, continues: true)) }
    tickTimer = loop.after(intervalNanoseconds) { [weak self] in
      guard let self, state == .streaming else { return }
      startStream(intervalNanoseconds)
    }
  }

  // MARK: Out

  private func send(_ reply: [UInt8]) {
    output = (reply + [0])[...]
    send()
    updateInterest()
  }

  private func send() {
    do {
      try descriptor.send(&output)
    } catch {
      if !error.isWouldBlock { return close() }
    }
    watchForStall()
    if state == .reading, output.isEmpty { scheduleTurn() }
  }

  private func watchForStall() {
    if output.isEmpty {
      stallTimer.map(loop.cancel)
      stallTimer = nil
    } else if stallTimer == nil {
      stallTimer = loop.after(stallNanoseconds) { [weak self] in self?.close() }
    }
  }

  private func updateInterest() {
    guard let token else { return }
    var wanted: Events = []
    if state == .reading, output.isEmpty, !inputEnded, input.room > 0 { wanted.insert(.readable) }
    if !output.isEmpty { wanted.insert(.writable) }
    if wanted != watched { loop.modify(token, wanted) }
    watched = wanted
  }
}
