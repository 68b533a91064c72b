internal import CLinux
internal import LogdWire

// All of this runs under the lock, never blocks but where it says so, and is throttled by the word
// `nextCheck`, which each call compares with its stamp.
extension ClientCore {
  func maintainIfDue(_ now: UInt64, _ generation: UInt64) {
    if now >= block.load(Block.nextCheck), isCurrent(generation) { maintain(now, generation) }
  }

  /// False in the copy of a call that a handler interrupted by forking: nothing may be sent then.
  func isCurrent(_ generation: UInt64) -> Bool { block.load(Block.generation) == generation }

  private func maintain(_ now: UInt64, _ generation: UInt64) {
    block.store(now &+ Nanoseconds.checkInterval, at: Block.nextCheck)
    switch block.link.phase {
    case .idle: connect(now, generation)
    case .waiting: lookForGrant(now, generation)
    case .attached: lookForHangUp(now, generation)
    case .closed: break
    }
    sweepRetired()
  }

  private func connect(_ now: UInt64, _ generation: UInt64) {
    block.link.connect(oldRing: currentRing.identifier, now: now) { isCurrent(generation) }
    guard isCurrent(generation), block.link.phase == .waiting else { return }
    block.store(now &+ block.link.backoff, at: Block.nextCheck)
    // Nobody sees what is logged before the grant, and there may be no further call to look for it.
    let isFirst = block.link.isFresh
    block.link.isFresh = false
    guard isFirst || currentRing.head > currentRing.tail || currentRing.next != nil else { return }
    let limit = isFirst ? Nanoseconds.grantWait : Nanoseconds.regrantWait
    waitForGrant(until: now &+ min(limit, waitLimit), generation)
  }

  /// For opening: connects and waits for the ring, at most until `deadline`.
  func connectAndWait(until deadline: UInt64) {
    let generation = block.load(Block.generation)
    block.link.isFresh = false
    while block.link.phase == .idle {
      maintain(clinux_monotonic_ns(), generation)
      // A full queue of the daemon's socket is gone in a moment; anything else is an answer.
      guard block.link.phase == .idle, block.link.lastErrno == Code.again,
        clinux_monotonic_ns() < deadline
      else { break }
      _ = clinux_poll(-1, 0, 1)  // one millisecond
    }
    waitForGrant(until: deadline, generation)
  }

  private func waitForGrant(until deadline: UInt64, _ generation: UInt64) {
    var now = clinux_monotonic_ns()
    while isCurrent(generation), block.link.phase == .waiting, now < deadline {
      let milliseconds = Int32((deadline - now + 999_999) / 1_000_000)
      if clinux_poll(block.link.socket, 1, milliseconds) != 0 { lookForGrant(now, generation) }
      now = clinux_monotonic_ns()
    }
  }

  /// The daemon is looked for less and less often while it does not answer.
  private func lookForGrant(_ now: UInt64, _ generation: UInt64) {
    guard block.link.isSocketOurs else { return lost(now, Code.badDescriptor, generation) }
    var packet = InlineArray<256, UInt8>(repeating: 0)
    var descriptors = InlineArray<2, Int32>(repeating: -1)
    var count: Int32 = 2
    guard isCurrent(generation) else { return }
    var received = receive(&packet, &descriptors, &count)
    // A reset can be told before a message that was queued earlier: read again.
    if received == -Int64(Code.reset) {
      count = 2
      received = receive(&packet, &descriptors, &count)
    }
    if received == -Int64(Code.again) {
      guard now &- block.link.waitingSince < Nanoseconds.patience else {
        return lost(now, Code.timedOut, generation)
      }
      block.link.backoff = min(block.link.backoff * 2, Nanoseconds.checkInterval)
      return block.store(now &+ block.link.backoff, at: Block.nextCheck)
    }
    if received > 0 {
      // SAFETY: bytes without padding, of which `received` were written.
      unsafe answered(
        packet.span.bytes.extracting(0..<Int(received)), descriptors, count, generation)
    } else {
      // It was killed before it could answer.
      block.link.wasThere = true
      block.link.disconnect(received < 0 ? Int32(-received) : Code.reset)
    }
    for index in 0..<Int(count) { _ = clinux_close(descriptors[index]) }  // mapped, or of no use
  }

  private func receive(
    _ packet: inout InlineArray<256, UInt8>, _ descriptors: inout InlineArray<2, Int32>,
    _ count: inout Int32
  ) -> Int64 {
    // SAFETY: the sizes are those of the arrays.
    unsafe withUnsafeMutablePointer(to: &descriptors) { numbers in
      unsafe clinux_receive_fds(
        block.link.socket, &packet, 256,
        UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Int32.self), &count)
    }
  }

  private func answered(
    _ packet: RawSpan, _ descriptors: InlineArray<2, Int32>, _ count: Int32, _ generation: UInt64
  ) {
    guard isCurrent(generation) else { return }
    switch Message.type(of: packet) {
    case .grant:
      if count == 2, let grant = try? Grant.decode(from: packet),
        attach(grant, data: descriptors[0], control: descriptors[1])
      {
        return
      }
      block.link.disconnect(Code.protocolError)
    case .refuse:
      let refuse = try? Refuse.decode(from: packet)  // nil: refused all the same
      // Too many clients, no memory, stopping: another moment, another answer. Not for a wrong HELLO.
      if let errno = refuse?.errno, errno != Refuse.Reason.version.rawValue,
        errno != Refuse.Reason.protocolError.rawValue
      {
        block.link.wasThere = true
      }
      block.link.disconnect(Int32(truncatingIfNeeded: refuse?.errno ?? 71))
    default:
      block.link.disconnect(Code.protocolError)
    }
  }

  private func lookForHangUp(_ now: UInt64, _ generation: UInt64) {
    guard block.link.isSocketOurs else { return lost(now, Code.badDescriptor, generation) }
    var byte: UInt8 = 0
    // SAFETY: one byte on the stack.
    let peeked = unsafe clinux_receive(block.link.socket, &byte, 1, true)
    if peeked == -Int64(Code.again) { return }
    if peeked == 0 || peeked == -Int64(Code.reset) { return lost(now, Code.reset, generation) }
    // A later daemon may say what we do not know: take it away.
    _ = unsafe clinux_receive(block.link.socket, &byte, 1, false)
  }

  /// The daemon is gone, or our socket is: at once a new attempt, which names the old ring.
  private func lost(_ now: UInt64, _ errno: Int32, _ generation: UInt64) {
    guard isCurrent(generation) else { return }
    block.link.wasThere = true
    block.link.disconnect(errno)
    connect(now, generation)
  }
}
