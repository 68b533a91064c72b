internal import Glibc
internal import LogdPlatform
internal import LogdWire
internal import Synchronization

// The one ring whose producer is the daemon itself: of all clients that send text.
extension ClientRegistry {
  /// From here on the writer drains the intake, from where the daemon before this one ended. Before
  /// any other ring is attached, so that nobody has its slot.
  func attach(
    _ file: IntakeFile, room: IntakeRoom
  ) throws(Errno) -> Ring {
    inbox.say(file.damages, of: "the intake")
    let known = ledger.entries.first { $0.ring == file.ringID && !$0.hasEnded }
    file.tail = tail(of: file, known?.end.tail)
    if ledger.isQuarantined(file.ringID) {
      inbox.say(
        .error, "the intake's ring was quarantined: the daemon died each time it read it",
        [("bytes_lost", "\(file.head - file.tail)")])
      file.begin(ring: makeID())
    }
    guard let slot = known?.slot ?? takeFreeSlot() else { throw Errno(ENOSPC) }
    for id in [file.ringID] + file.placesInUse.map(\.place.client) { neverMake(id) }
    return try attach(file, room, slot: slot)
  }

  /// Where it is gone on with: by the ledger, by its own word where that cannot be, or at the end.
  private func tail(of file: IntakeFile, _ known: UInt64?) -> UInt64 {
    if let known, file.isTail(known) { return known }
    let own = file.tail
    if file.isTail(own) {
      let damage = Damage(
        "how far it says the intake was drained",
        givenUp: "nothing: the intake's own word is taken; a batch may be in the file twice")
      if known != nil { inbox.say([damage], of: "the ledger") }
      return own
    }
    let damage = Damage(
      "how far it was drained", givenUp: "what text clients had sent and no file has")
    inbox.say([damage], of: "the intake")
    return file.head
  }

  private func attach(
    _ file: IntakeFile, _ room: IntakeRoom, slot: Int
  ) throws(Errno) -> Ring {
    let ring = Ring(
      id: file.ringID, slot: slot,
      peer: Peer(pid: getpid(), uid: getuid(), gid: getgid(), ident: Ident("intake")),
      format: configuration.file.format, dataBytes: file.geometry.dataBytes, clockOffset: 0,
      files: try file.ringFiles(), room: room)
    ring.resume(at: RingEnd(tail: file.tail, droppedTaken: 0))
    rings[slot] = ring
    inbox.send(.attach(ring))
    return ring
  }

  /// Its records were our own: either its memory was damaged, and what comes from now on is sound; or
  /// there is no memory for a buffer.
  func intakeFailed(_ ring: Ring, _ fault: RingFault?) {
    do throws(Errno) {
      guard let intake, let room = ring.room, fault == .frame || fault == .head else {
        throw Errno(ENOMEM)
      }
      let end = ring.statistics.tail.load(ordering: .relaxed)
      inbox.say(
        .error, "the intake was damaged, and what text clients had sent is lost",
        [
          ("reason", fault?.description ?? ""), ("bytes_lost", "\(intake.file.head &- end)"),
        ])
      intake.file.begin(ring: makeID())
      intake.goOn(in: try attach(intake.file, room, slot: ring.slot))
      room.tailMoved()
    } catch {
      inbox.say(
        .error, "records of lines.sock and syslog.sock are not read until logd is started again",
        [("reason", fault?.description ?? "\(error)")])
    }
  }
}
