internal import Glibc
internal import LogdPlatform
internal import LogdWire

// What keeps a client over the daemon's death: the bag that it is put into, and the way out of it.
extension ClientRegistry {
  /// Before the client hears of its ring. One for whom there is no place in a bag is served all the
  /// same; when the daemon is killed it hands over by itself what is in its ring.
  func putInBag(_ ring: Ring, _ client: NativeClient, oldRing: UInt64) {
    guard let shelf, let file = controlFiles[ring.slot] else { return }
    let stored = StoredClient(
      ring: ring.id, oldRing: oldRing, dataBytes: UInt64(ring.dataBytes),
      clockOffset: ring.clockOffset, connectedAt: client.connectedAt, pid: client.pid,
      uid: client.uid, gid: client.gid, recordBytesMax: UInt32(ownLimits.recordBytes),
      fieldsMax: UInt32(ownLimits.fields), controlFile: file.id,
      controlOffset: UInt64(ring.files.control.offset), ident: ring.peer.ident)
    do throws(Errno) {
      if !file.isKept {
        try shelf.put(StoredClient(file), [file.file.raw])
        file.isKept = true
      }
      try shelf.put(stored, [ring.files.data.raw, client.socket.raw])
    } catch {
      inbox.say(
        .warning, "a client is not kept over a crash",
        [("client_pid", "\(client.pid)"), ("reason", "\(error)")])
    }
  }

  /// Looks into the bags and takes up all that is in there, with what the ledger knows of it. Answers the
  /// connections of lines.sock that were kept.
  func resume(_ entries: [Ledger.Entry]) throws(Errno) -> [KeptClient] {
    var resumption = Resumption(self, entries)
    try shelf?.unpack(expecting: entries.count) { resumption.take($0) }
    resumption.finish()
    return resumption.lines
  }

  /// A client that was kept is served as if nothing had happened; its ring, for the writer.
  func resume(
    _ kept: KeptClient, _ files: consuming RingFiles, _ controlFile: ControlFile, slot: Int?,
    end: RingEnd?
  ) throws(SystemError) -> Ring {
    let stored = kept.stored
    let free = slot.flatMap { rings[$0] == nil ? $0 : nil }
    guard let slot = free ?? takeFreeSlot() else {
      throw SystemError("take up", "a client", Errno(ENOSPC))
    }
    // A ring that the ledger does not know: it was made anew, or the daemon died before its writer
    // heard of the ring. Then the control block is right, but for a batch that was being written.
    guard let own = files.left else { throw SystemError("take up", "a client", Errno(EINVAL)) }
    let client = NativeClient(kept.takeConnection(), self, stored)
    let ring = Ring(
      id: stored.ring, slot: slot,
      peer: Peer(pid: client.pid, uid: client.uid, gid: client.gid, ident: stored.ident),
      format: configuration.file.format, dataBytes: Int(stored.dataBytes),
      clockOffset: stored.clockOffset, files: files)
    if own.severity != UInt32(severity.rawValue) { ring.files.control.set(severity) }
    ring.resume(at: end ?? own.end)
    memory.adopt(ring.dataBytes, uid: client.uid)
    clients[ObjectIdentifier(client)] = client
    places.adopt(client.uid)
    place(ring, client)
    join(controlFile, slot: slot)
    // The daemon may have died before it sent the grant. One who has it already ignores the second.
    if own.end.tail == 0 { try? sendGrant(of: ring, after: stored.oldRing, to: client) }
    return ring
  }

  /// Hears of those who were taken up from now on. Does nothing the second time.
  func watchResumed() {
    shelf?.endReading()
    let unheard = clients.values.filter { $0.token == nil }
    for client in unheard {
      do throws(Errno) {
        client.token = try loop.add(client.socket.raw, .readable, client)
      } catch {
        disconnect(client, "cannot be waited for: \(error)")
      }
    }
    guard !unheard.isEmpty else { return }
    // What they have logged comes first.
    loop.after(Self.describeNanoseconds) { [weak self] in
      guard let self else { return }
      for client in all where client.description.comm.isEmpty { describe(client) }
    }
  }

  private static let describeNanoseconds: UInt64 = 500_000_000
}
