internal import Glibc
internal import LogdPlatform
internal import LogdWire

// The one ring whose producer is the daemon itself: of all clients that send text.
extension ClientRegistry {
  /// From here on the writer drains the intake, from where the daemon before this one ended. Before
  /// any other ring is attached, so that nobody has its slot.
  func attach(
    _ file: IntakeFile, room: IntakeRoom
  ) throws(Errno) -> Ring {
    let entry = ledger.entries.first { $0.ring == file.ringID && !$0.hasEnded }
    let tail = entry?.end.tail ?? file.tail
    if ledger.isQuarantined(file.ringID) {
      inbox.say(
        .error, "the intake's ring was quarantined: the daemon died each time it read it",
        [("bytes_lost", "\(file.head - tail)")])
      file.begin(ring: makeID())
      return try attach(file, room: room)
    }
    guard let slot = entry?.slot ?? takeFreeSlot() else { throw Errno(ENOSPC) }
    nextRing = max(nextRing, file.ringID, file.placesInUse.map(\.place.client).max() ?? 0)
    let ring = Ring(
      id: file.ringID, slot: slot,
      peer: Peer(pid: getpid(), uid: getuid(), gid: getgid(), ident: Ident("intake")),
      format: configuration.file.format, dataBytes: file.geometry.dataBytes, clockOffset: 0,
      files: try file.ringFiles(), room: room)
    ring.resume(at: RingEnd(tail: tail, droppedTaken: 0))
    rings[slot] = ring
    inbox.send(.attach(ring))
    return ring
  }

  /// Its records were our own: either there is no memory for a buffer, or this is a mistake of ours.
  func intakeFailed(_ fault: RingFault?) {
    inbox.say(
      .error, "records of lines.sock and syslog.sock are not read until logd is started again",
      [("reason", fault?.description ?? "hung up")])
  }
}
