internal import CLinux
internal import LogdPlatform
internal import LogdWire

/// Who waits for room in the intake's ring.
protocol RoomWaiter: AnyObject {
  func goOn()
}

/// The doors for clients that only send text: lines.sock and syslog.sock. On the I/O thread.
final class TextDoors {
  let loop: EventLoop
  let intake: Intake
  let lineBytesMax: Int
  private let registry: ClientRegistry
  private let limits: Configuration.Limits
  /// A line that lies in two pieces, put together.
  private let joined: BoundedBytes
  private(set) var connections: [ObjectIdentifier: LinesConnection] = [:]
  private var freePlaces: [Int] = []
  private var waiting: [any RoomWaiter] = []
  var syslog: SyslogSocket?
  private(set) lazy var sweep = TextSweep(self)

  static let linesDoor = Ident("lines")
  static let syslogDoor = Ident("syslog")

  init(_ intake: Intake, _ registry: ClientRegistry, _ limits: Configuration.Limits) throws(Errno) {
    self.intake = intake
    self.registry = registry
    self.limits = limits
    loop = registry.loop
    let geometry = intake.file.geometry
    lineBytesMax = min(limits.lineBytesMax, geometry.placeBytes)
    joined = try BoundedBytes(capacity: lineBytesMax)
    let used = Set(intake.file.placesInUse.map(\.place.index))
    freePlaces = (0..<geometry.places).reversed().filter { !used.contains($0) }
  }

  // MARK: connections of lines.sock

  func welcome(_ socket: consuming Descriptor) {
    var peer = Credentials(pid: 0, uid: 0, gid: 0)
    guard unsafe clinux_peer(socket.raw, &peer.pid, &peer.uid, &peer.gid) == 0 else { return }
    if let reason = registry.places.admit(peer.uid) { return refuse(peer, reason) }
    let bytes = intake.file.geometry.placeBytes
    guard let index = freePlaces.popLast() else {
      registry.places.leave(peer.uid)
      return refuse(peer, "all places of the intake are in use")
    }
    guard registry.memory.reserve(exactly: bytes, uid: peer.uid) else {
      freePlaces.append(index)
      registry.places.leave(peer.uid)
      return refuse(peer, "ring.total_max or ring.uid_max is reached")
    }
    do throws(Errno) {
      let place = try intake.file.take(index, for: registry.makeID(), peer)
      keep(place, peer, socket)
      do throws(Errno) {
        try add(socket, place, peer)
      } catch {
        registry.shelf?.forget(place.client)
        intake.file.free(place)
        throw error
      }
    } catch {
      freePlaces.append(index)
      registry.memory.release(bytes, uid: peer.uid)
      registry.places.leave(peer.uid)
      refuse(peer, SystemError("serve", "a connection", error).description)
    }
  }

  private func refuse(_ peer: Credentials, _ reason: String) {
    registry.inbox.say(
      .warning, "a client was refused",
      [
        ("door", "lines"), ("client_pid", "\(peer.pid)"), ("client_uid", "\(peer.uid)"),
        ("reason", reason),
      ])
  }

  private func add(
    _ socket: consuming Descriptor?, _ place: IntakeFile.Place, _ peer: Credentials,
    connectedAt: UInt64 = Clock.monotonicNanoseconds()
  ) throws(Errno) {
    let client = TextClient(peer, door: Self.linesDoor, limits, connectedAt: connectedAt)
    let connection = try LinesConnection(socket, place, client, self)
    connections[ObjectIdentifier(connection)] = connection
    connection.describe(registry)
    connection.takeLines()
  }

  /// Everything it sent is in the ring.
  func left(_ connection: LinesConnection) {
    connections[ObjectIdentifier(connection)] = nil
    tellSuppressed(connection.client)
    intake.file.free(connection.place)
    freePlaces.append(connection.place.index)
    let uid = connection.client.peer.uid
    registry.memory.release(intake.file.geometry.placeBytes, uid: uid)
    registry.places.leave(uid)
    registry.shelf?.forget(connection.place.client)
  }

  // MARK: over the daemon's death

  /// From here on the connection survives this process.
  private func keep(_ place: IntakeFile.Place, _ peer: Credentials, _ socket: borrowing Descriptor)
  {
    guard let shelf = registry.shelf else { return }
    let stored = StoredClient(
      lines: place.client, connectedAt: Clock.monotonicNanoseconds(), pid: peer.pid, uid: peer.uid,
      gid: peer.gid)
    do throws(Errno) {
      try shelf.put(stored, [socket.raw])
    } catch {
      registry.inbox.say(
        .warning, "a client is not kept over a crash",
        [("door", "lines"), ("client_pid", "\(peer.pid)"), ("reason", "\(error)")])
    }
  }

  /// What an earlier daemon left: connections that were kept, and the bytes of those that were not.
  func resume(_ kept: [KeptClient]) {
    var kept = Dictionary(
      kept.map { ($0.stored.ring, $0) }, uniquingKeysWith: { first, _ in first })
    for (place, peer) in intake.file.placesInUse {
      registry.places.adopt(peer.uid)
      registry.memory.adopt(intake.file.geometry.placeBytes, uid: peer.uid)
      let client = kept.removeValue(forKey: place.client)
      do throws(Errno) {
        if let client {
          try add(client.takeConnection(), place, peer, connectedAt: client.stored.connectedAt)
        } else {
          try add(nil, place, peer)
        }
      } catch {
        // Its bytes stay in their place, for the next daemon.
        registry.inbox.say(
          .error, "a client of the daemon before this one is lost",
          [("door", "lines"), ("client_pid", "\(peer.pid)"), ("reason", "\(error)")])
      }
    }
    for client in kept.values {
      client.hangUp()
      registry.shelf?.forget(client.stored.ring)
    }
  }

  // MARK: records

  /// Makes a record of a line in a place; there must be room for it.
  func take(
    _ place: IntakeFile.Place, _ range: Range<UInt64>, of client: TextClient, isCut: Bool
  ) {
    intake.file.withBytes(of: place, range) { head, rest in
      if rest.byteCount == 0 { return take(head, of: client, isCut: isCut) }
      joined.clear()
      joined.append(head)
      joined.append(rest)
      joined.withBytes { take($0, of: client, isCut: isCut) }
    }
  }

  func take(_ line: RawSpan, of client: TextClient, isCut: Bool) {
    let record = intake.record
    record.clear()
    record.pid = client.peer.pid
    let hasReturn = line.byteCount > 0 && line.u8(at: line.byteCount - 1) == 0x0d
    let text = hasReturn ? line.extracting(0..<line.byteCount - 1) : line
    let isSound = LineParser.parse(text, into: record)
    if isCut {
      record.isCut = true
      client.counts.cut += 1
      intake.file.totals.cut += 1
    } else if !isSound {
      client.counts.malformed += 1
      intake.file.totals.malformed += 1
    }
    client.lastSeen = intake.now
    guard client.rate.allows(intake.now) else { return suppress(client) }
    client.counts.records += 1
    client.ident = record.ident ?? client.door
    intake.add(from: client.peer, door: client.door)
  }

  private func suppress(_ client: TextClient) {
    client.counts.suppressed += 1
    intake.file.totals.suppressed += 1
    guard client.reportTimer == nil else { return }
    client.reportTimer = loop.after(limits.rateIntervalNanoseconds) { [weak self, weak client] in
      guard let client else { return }
      client.reportTimer = nil
      self?.tellSuppressed(client)
    }
  }

  func tellSuppressed(_ client: TextClient) {
    client.reportTimer.map(loop.cancel)
    client.reportTimer = nil
    let count = client.rate.takeSuppressed()
    guard count > 0 else { return }
    registry.inbox.say(
      .warning, "records were suppressed",
      [
        ("reason", "limits.rate_burst"), ("client", client.ident.string),
        ("client_pid", "\(client.peer.pid)"), ("count", "\(count)"),
      ])
  }

  // MARK: room

  func wait(for waiter: any RoomWaiter) {
    waiting.append(waiter)
    if !intake.wantRoom() { loop.after(0) { [weak self] in self?.roomMade() } }
  }

  /// The writer has taken something out of the ring.
  func roomMade() {
    let waiters = waiting
    waiting = []
    intake.turn { for waiter in waiters { waiter.goOn() } }
  }

  // MARK: the end

  var sources: [any TextSource] {
    connections.values.map { $0 as any TextSource } + (syslog.map { [$0] } ?? [])
  }

  /// Reads what has been sent by now, at once.
  func readAll() {
    intake.turn {
      for source in sources {
        for _ in 0..<TextSweep.turnsMax where !source.turn() { break }
      }
    }
  }

  /// Reads what has been sent by now, and then nothing more. `isFinal`: nobody will go on with the
  /// connections, so that half a line is a line.
  func stop(isFinal: Bool) {
    readAll()
    syslog?.stop()
    for connection in Array(connections.values) {
      guard isFinal else {
        connection.rest()
        continue
      }
      connection.end()
      connection.takeLines()
    }
  }
}
