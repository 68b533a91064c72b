internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// Takes up the clients of the daemon before this one, whose rings and connections were kept in bags: they
/// notice nothing but a pause.
///
/// A bag at a time, before anything else is granted: the writer reads the rings of one while the I/O
/// thread looks into the next.
struct Resumption: ~Copyable {
  private let registry: ClientRegistry
  /// What the ledger knew of each ring when nothing of it was taken up.
  private var entries: [UInt64: Ledger.Entry]
  private var controlFiles: [UInt64: ControlFile] = [:]
  /// Ready for the writer.
  private var resumed: [Ring] = []
  /// Those whose control file may be in a later bag, or whose slot may be another's.
  private var deferred: [KeptClient] = []
  /// Connections of lines.sock.
  private(set) var lines: [KeptClient] = []
  /// What they were granted, and so may have written.
  private var granted: FrameLimits

  /// So many at once are given to the writer, which has enough to do with them.
  private static let atOnce = 64

  init(_ registry: ClientRegistry, _ entries: [Ledger.Entry]) {
    self.registry = registry
    self.entries = Dictionary(minimumCapacity: entries.count)
    for entry in entries { self.entries[entry.ring] = entry }
    granted = registry.ownLimits
  }

  /// What was in one bag.
  mutating func take(_ kept: [KeptClient]) {
    for file in kept where file.stored.kind == .controlFile { takeControlFile(file) }
    for client in kept {
      switch client.stored.kind {
      case .controlFile: break
      case .lines: lines.append(client)
      case .native:
        // First those that have a slot: nobody may take it from them.
        if let entry = entries[client.stored.ring], controlFiles[client.stored.controlFile] != nil {
          take(client, entry)
        } else {
          deferred.append(client)
        }
      }
    }
    hand()
  }

  /// There is no other bag.
  mutating func finish() {
    for hasEntry in [true, false] {
      for client in deferred {
        let entry = entries[client.stored.ring]
        if (entry != nil) == hasEntry { take(client, entry) }
      }
    }
    hand()
    registry.ledger.granted = granted
    for file in controlFiles.values where file.isUnused { registry.shelf?.forget(file.id) }
  }

  private mutating func hand() {
    guard !resumed.isEmpty else { return }
    registry.inbox.send(.takeUp(resumed))
    resumed.removeAll(keepingCapacity: true)
  }

  private mutating func takeControlFile(_ kept: KeptClient) {
    let stored = kept.stored
    registry.neverMake(stored.ring)
    do throws(Errno) {
      controlFiles[stored.ring] = try ControlFile(
        id: stored.ring, uid: stored.uid, inherited: kept.takeMemory())
    } catch {
      registry.inbox.say(
        .error, "clients of the daemon before this one are lost",
        [("client_uid", "\(stored.uid)"), ("reason", "their control file: \(error)")])
      registry.shelf?.forget(stored.ring)
    }
  }

  private mutating func take(_ kept: KeptClient, _ entry: Ledger.Entry?) {
    let stored = kept.stored
    registry.neverMake(stored.ring)
    // Drained, and its client gone; only its packet was still in the bag. The ledger says so, until the
    // slot is another's; or its control file does, which has gone out of its bag after the last ring.
    guard entry?.hasEnded != true, let file = controlFiles[stored.controlFile] else {
      return abandon(kept)
    }
    do throws(SystemError) {
      // Only where the ledger was lost or damaged: it hands over by itself what is in its ring.
      guard registry.limits.covers(stored.granted) else {
        throw SystemError("take up", "what was granted by larger limits", Errno(EMSGSIZE))
      }
      let block = try SystemError.naming("take up", "its control block") { () throws(Errno) in
        try file.block(
          at: stored.controlOffset, ring: stored.ring, dataBytes: Int(stored.dataBytes))
      }
      let files = RingFiles(data: kept.takeMemory(), left: block)
      if registry.ledger.isQuarantined(stored.ring) { return quarantine(kept, files, entry) }
      resumed.append(try registry.resume(kept, files, file, slot: entry?.slot, end: entry?.end))
      granted = granted.union(stored.granted)
      if resumed.count == Self.atOnce { hand() }
    } catch {
      registry.inbox.say(
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
    registry.skipped.insert(stored.ring)
    registry.ended.add(stored.ring, RingEnd(tail: head ?? tail, droppedTaken: own.droppedTaken))
    registry.inbox.say(
      .error, "a ring was quarantined: the daemon died each time it read it",
      [
        ("client", stored.ident.string), ("client_pid", "\(stored.pid)"),
        ("bytes_lost", "\((head ?? tail) - tail)"),
      ])
    abandon(kept)
  }

  private func head(
    of files: borrowing RingFiles, _ stored: StoredClient, tail: UInt64
  ) -> UInt64? {
    guard let scratch = registry.scratch else { return nil }
    return files.head(tail: tail, dataBytes: Int(stored.dataBytes), scratch.memory)
  }

  private func abandon(_ kept: KeptClient) {
    kept.hangUp()
    registry.shelf?.forget(kept.stored.ring)
  }
}
