internal import Glibc
internal import LogdPlatform
internal import LogdWire

// Clients of the daemon before this one: their rings and connections were kept in bags. They notice
// nothing but a pause.
extension ClientRegistry {
  /// Before anything else is granted: what was in the bags, with what the ledger knows of it.
  ///
  /// The writer may take up the first while this goes on, and so reads `entries` of a time before.
  func resume(_ kept: [KeptClient], _ entries: [Ledger.Entry]) {
    let entries = Dictionary(entries.map { ($0.ring, $0) }, uniquingKeysWith: { first, _ in first })
    let controlFiles = resumeControlFiles(kept)
    var resumed: [Ring] = []
    func resume(_ client: KeptClient, _ entry: Ledger.Entry?) {
      self.resume(client, entry, controlFiles[client.stored.controlFile], &resumed)
    }
    let clients = kept.lazy.filter { $0.stored.kind == .native }
    // First those that have a slot: nobody may take it from them.
    for client in clients {
      if let entry = entries[client.stored.ring] { resume(client, entry) }
    }
    for client in clients where entries[client.stored.ring] == nil { resume(client, nil) }
    inbox.send(.takeUp(resumed))
    for file in controlFiles.values where file.isUnused { shelf?.forget(file.id) }
  }

  /// Hears of those who were taken up from now on. Does nothing the second time.
  func watchResumed() {
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

  /// So many at once are given to the writer, which has enough to do with them.
  private static let resumedAtOnce = 64

  private func resume(
    _ kept: KeptClient, _ entry: Ledger.Entry?, _ controlFile: ControlFile?,
    _ resumed: inout [Ring]
  ) {
    let stored = kept.stored
    neverMake(stored.ring)
    // Drained, and its client gone; only its packet was still in the bag. The ledger says so, until the
    // slot is another's; or its control file does, which has gone out of its bag after the last ring.
    guard entry?.hasEnded != true, let controlFile else { return abandon(kept) }
    do throws(SystemError) {
      let block: ControlBlock
      do throws(Errno) {
        block = try controlFile.block(
          at: stored.controlOffset, ring: stored.ring, dataBytes: Int(stored.dataBytes))
      } catch {
        throw SystemError("take up", "its control block", error)
      }
      let files = RingFiles(data: kept.takeMemory(), left: block)
      if ledger.isQuarantined(stored.ring) { return quarantine(kept, files, entry) }
      resumed.append(try take(kept, files, controlFile, slot: entry?.slot, end: entry?.end))
      guard resumed.count == Self.resumedAtOnce else { return }
      inbox.send(.takeUp(resumed))
      resumed.removeAll()
    } catch {
      inbox.say(
        .error, "a client of the daemon before this one is lost",
        [("client_pid", "\(stored.pid)"), ("reason", error.description)])
      abandon(kept)
    }
  }

  /// What is in the ring stays unread; its client may come back, and goes on behind it.
  private func quarantine(
    _ kept: KeptClient, _ files: borrowing RingFiles, _ entry: Ledger.Entry?
  ) {
    let stored = kept.stored
    guard let own = files.left?.end else { return abandon(kept) }
    var tail = entry?.end.tail ?? own.tail
    var head = self.head(of: files, stored, tail: tail)
    if head == nil, let published = self.head(of: files, stored, tail: own.tail) {
      (tail, head) = (own.tail, published)
    }
    skipped.insert(stored.ring)
    ended.add(stored.ring, RingEnd(tail: head ?? tail, droppedTaken: own.droppedTaken))
    inbox.say(
      .error, "a ring was quarantined: the daemon died each time it read it",
      [
        ("client", stored.ident.string), ("client_pid", "\(stored.pid)"),
        ("bytes_lost", "\((head ?? tail) - tail)"),
      ])
    abandon(kept)
  }

  private func abandon(_ kept: KeptClient) {
    kept.hangUp()
    shelf?.forget(kept.stored.ring)
  }

  private func take(
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

  private func head(
    of files: borrowing RingFiles, _ stored: StoredClient, tail: UInt64
  ) -> UInt64? {
    guard let scratch else { return nil }
    return files.head(tail: tail, dataBytes: Int(stored.dataBytes), scratch.memory)
  }

  /// Before the client hears of its ring. One for whom there is no place in a bag is served all the
  /// same; when the daemon is killed it hands over by itself what is in its ring.
  func putInBag(_ ring: Ring, _ client: NativeClient, oldRing: UInt64) {
    guard let shelf, let file = controlFiles[ring.slot] else { return }
    let stored = StoredClient(
      ring: ring.id, oldRing: oldRing, dataBytes: UInt64(ring.dataBytes),
      clockOffset: ring.clockOffset, connectedAt: client.connectedAt, pid: client.pid,
      uid: client.uid, gid: client.gid, recordBytesMax: UInt32(limits.recordBytes),
      fieldsMax: UInt32(limits.fields), controlFile: file.id,
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
}
