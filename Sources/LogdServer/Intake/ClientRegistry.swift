internal import CLinux
internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// Everybody who is connected, and the rings that were granted. On the I/O thread.
final class ClientRegistry {
  let inbox: WriterInbox
  /// Nil: nobody keeps anything for us.
  let shelf: BagShelf?
  let ledger: Ledger
  /// What is taken of any ring, also of those that an earlier daemon has granted.
  let limits: FrameLimits
  /// What is granted.
  let ownLimits: FrameLimits
  let loop: EventLoop
  let background: BackgroundThread
  let configuration: Configuration
  var memory: RingMemory
  /// Connections of all doors.
  var places: ConnectionCounts
  var clients: [ObjectIdentifier: NativeClient] = [:]
  var bySlot: [NativeClient?]
  var rings: [Ring?]
  var freeSlots: [Int]
  /// By slot: where the ring's control block is.
  var controlFiles: [ControlFile?]
  /// By user: the file whose blocks are granted.
  var granting: [UInt32: ControlFile] = [:]
  /// In the files that a ring goes by.
  var controlBlockCount = 0
  /// Where rings of this daemon ended, for clients that come back naming them.
  var ended = EndedRings()
  private var awaiting: [UInt64: NativeClient] = [:]
  /// Quarantined rings whose clients go on behind what is in them.
  var skipped: Set<UInt64> = []
  private var lastID: UInt64
  /// The one ring that has no client.
  weak var intake: Intake?
  var severity: Severity
  /// To look at the heads of rings that come from an earlier daemon.
  private(set) lazy var scratch = try? PrivateBuffer(byteCount: 4096)
  private let reopening: Reopening
  /// Those who have not said HELLO yet, and when the next of them has had its time.
  private var silentCount = 0
  private var sweepTimer: UInt64?

  private static let helloNanoseconds: UInt64 = 10_000_000_000

  init(
    _ loop: EventLoop, _ inbox: WriterInbox, _ background: BackgroundThread,
    _ configuration: Configuration, _ limits: FrameLimits, _ ledger: Ledger,
    _ entries: [Ledger.Entry], _ shelf: BagShelf?
  ) throws(Errno) {
    reopening = try Reopening()
    self.loop = loop
    self.inbox = inbox
    self.background = background
    self.configuration = configuration
    severity = configuration.filter.severity
    memory = RingMemory(configuration)
    places = ConnectionCounts(configuration.listen)
    self.limits = limits
    ownLimits = FrameLimits(configuration.limits)
    self.shelf = shelf
    self.ledger = ledger
    let slots = ledger.slotCount
    bySlot = Array(repeating: nil, count: slots)
    rings = Array(repeating: nil, count: slots)
    controlFiles = Array(repeating: nil, count: slots)
    // The ledger keeps a ring of an earlier daemon until its slot is needed: those go last.
    var isKept = Array(repeating: false, count: slots)
    for entry in entries { isKept[entry.slot] = true }
    freeSlots = entries.map(\.slot) + (0..<slots).reversed().filter { !isKept[$0] }
    ended.reserve(entries.count)
    clients.reserveCapacity(entries.count)
    for entry in entries { ended.add(entry.ring, entry.end) }
    // Unlike any ring of an earlier daemon.
    lastID = UInt64(bitPattern: Clock.realtimeNanoseconds())
  }

  var count: Int { clients.count }
  var all: some Collection<NativeClient> { clients.values }
  /// Living rings and those that are being drained.
  var allRings: some Collection<Ring> { rings.lazy.compactMap { $0 } }
  var ringBytes: Int { memory.totalBytes }

  /// Producers send nothing below it from now on.
  func setSeverity(_ severity: Severity) {
    self.severity = severity
    for ring in allRings { ring.files.control.set(severity) }
  }

  func welcome(_ socket: consuming Descriptor) {
    let client: NativeClient
    do throws(Errno) {
      client = try NativeClient(socket, self)
      client.token = try loop.add(client.socket.raw, .readable, client)
    } catch {
      // Gone already, or no memory for it in the kernel: the client sees a hang-up.
      return inbox.say(.warning, "cannot serve a connection", [("reason", "\(error)")])
    }
    clients[ObjectIdentifier(client)] = client
    silentCount += 1
    if sweepTimer == nil { sweepLater() }
    if let reason = places.admit(client.uid) {
      places.adopt(client.uid)  // as long as it takes to refuse it
      refuse(client, .tooManyClients, reason)
    }
  }

  /// Those who say nothing do not keep a place.
  private func sweepLater() {
    sweepTimer = loop.after(Self.helloNanoseconds) { [weak self] in self?.sweep() }
  }

  private func sweep() {
    let now = Clock.monotonicNanoseconds()
    for client in Array(clients.values) {
      guard case .awaitingHello = client.state else { continue }
      if now &- client.connectedAt >= Self.helloNanoseconds {
        disconnect(client, "said no HELLO within 10 s")
      }
    }
    sweepTimer = nil
    if silentCount > 0 { sweepLater() }
  }

  /// Said HELLO, or left. With nobody silent there is no timer: idle is free.
  private func isSilentNoMore() {
    silentCount -= 1
    guard silentCount == 0, let timer = sweepTimer else { return }
    loop.cancel(timer)
    sweepTimer = nil
  }

  // MARK: the handshake

  func greet(_ client: NativeClient, _ hello: Hello) {
    client.state = .greeted
    isSilentNoMore()
    if ledger.isQuarantined(hello.oldRing), !skipped.contains(hello.oldRing) {
      return refuse(client, .protocolError, "logd died each time it read the ring of this process")
    }
    guard hello.oldRing != 0, let old = rings.first(where: { $0?.id == hello.oldRing }) ?? nil
    else {
      return grant(client, hello)
    }
    guard old.peer.uid == client.uid, old.peer.pid == client.pid else {
      return grant(client, hello)
    }
    // Its old ring is still being drained (or its hang-up has not been seen yet): where it ends
    // is known when the writer has released it.
    client.state = .awaitingRelease(hello)
    awaiting[old.id] = client
    if let former = bySlot[old.slot], former !== client { hangUp(former) }
  }

  private func grant(_ client: NativeClient, _ hello: Hello) {
    guard let slot = takeFreeSlot() else {
      return refuse(client, .tooManyClients, "all rings are in use")
    }
    guard let size = memory.reserve(wished: hello.ringBytes, uid: client.uid) else {
      freeSlots.append(slot)
      return refuse(client, .noMemory, "ring.total_max or ring.uid_max is reached")
    }
    let ring: Ring
    do {
      ring = try makeRing(client, hello, slot: slot, size: size)
    } catch {
      freeSlots.append(slot)
      memory.release(size, uid: client.uid)
      return refuse(client, .noMemory, error.description)
    }
    if !skipped.contains(hello.oldRing) {
      ledger.inheritSuspicion(from: hello.oldRing, to: ring.id)
    }
    putInBag(ring, client, oldRing: hello.oldRing)
    attach(ring, client)
    do throws(SystemError) {
      try sendGrant(of: ring, after: hello.oldRing, to: client)
      describe(client)
    } catch {
      disconnect(client, error.description)
    }
  }

  /// Slots that were taken up by rings of an earlier daemon may still stand in the list.
  func takeFreeSlot() -> Int? {
    while let slot = freeSlots.popLast() {
      if rings[slot] == nil { return slot }
    }
    return nil
  }

  /// From here on the writer drains it.
  func attach(_ ring: Ring, _ client: NativeClient) {
    place(ring, client)
    inbox.send(.attach(ring))
  }

  func place(_ ring: Ring, _ client: NativeClient) {
    rings[ring.slot] = ring
    bySlot[ring.slot] = client
    client.state = .attached(ring)
  }

  /// Looks up who the client is; the answer comes later.
  func describe(_ client: NativeClient) {
    PeerResolver.describe(pid: client.pid, socket: client.socket.raw, loop, background) {
      [weak client] in client?.description = $0
    }
  }

  /// A number for a ring or a client that no other has or had.
  func makeID() -> UInt64 {
    lastID = lastID < Damage.wordMax ? lastID + 1 : 1
    return lastID
  }

  /// An earlier daemon has made it.
  func neverMake(_ id: UInt64) { lastID = max(lastID, min(id, Damage.wordMax)) }

  private func makeRing(
    _ client: NativeClient, _ hello: Hello, slot: Int, size: Int
  ) throws(SystemError) -> Ring {
    let controlFile = try controlFile(for: client.uid)
    let data = try RingFiles.makeData(size)
    let id = makeID()
    let block = controlFile.grant(ring: id, dataBytes: size, severity: severity)
    join(controlFile, slot: slot)
    return Ring(
      id: id, slot: slot,
      peer: Peer(pid: client.pid, uid: client.uid, gid: client.gid, ident: hello.ident),
      format: configuration.file.format,
      dataBytes: size, clockOffset: Self.clockOffset(hello.clock),
      files: RingFiles(data: data, control: block))
  }

  /// A time namespace shifts CLOCK_MONOTONIC by seconds at least; less is the way of the message.
  private static func clockOffset(_ clock: UInt64) -> Int64 {
    let offset = Int64(bitPattern: Clock.monotonicNanoseconds() &- clock)
    return offset.magnitude < 1_000_000_000 ? 0 : offset
  }

  func sendGrant(
    of ring: Ring, after oldRing: UInt64, to client: NativeClient
  ) throws(SystemError) {
    let end = ended.end(of: oldRing)
    let grant = Grant(
      ring: ring.id, dataBytes: UInt64(ring.dataBytes), resume: end.tail,
      droppedTaken: end.droppedTaken, recordBytesMax: UInt32(ownLimits.recordBytes),
      fieldsMax: UInt32(ownLimits.fields), controlOffset: UInt64(ring.files.control.offset))
    guard let file = controlFiles[ring.slot] else {
      preconditionFailure("the ring of a client has a control block")
    }
    let control = try file.forClient(reopening)
    do throws(Errno) {
      var packet = InlineArray<64, UInt8>(repeating: 0)
      var span = packet.mutableSpan
      // SAFETY: bytes have no padding, and any are valid.
      var bytes = unsafe span.mutableBytes
      let count = grant.encode(into: &bytes)
      try client.socket.send(packet, count: count, with: [ring.files.data.raw, control.raw])
    } catch {
      throw SystemError("grant", "a ring to process \(client.pid)", error)
    }
  }

  // MARK: the end

  /// Says why, then closes: for those who have not been granted a ring.
  func refuse(_ client: NativeClient, _ reason: Refuse.Reason, _ text: String) {
    var packet = InlineArray<128, UInt8>(repeating: 0)
    var span = packet.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var bytes = unsafe span.mutableBytes
    let short = unsafe Refuse.Text(cutting: Array(text.utf8).span.bytes)
    let count = Refuse(reason, text: short).encode(into: &bytes)
    // A client that does not take its refusal learns from the hang-up.
    try? client.socket.send(packet, count: count, with: [])
    inbox.say(
      .warning, "a client was refused",
      [("client_pid", "\(client.pid)"), ("client_uid", "\(client.uid)"), ("reason", text)])
    hangUp(client)
  }

  /// Breaks with a client that broke the rules, and names it in the log.
  func disconnect(_ client: NativeClient, _ reason: String) {
    var fields = [("client_pid", "\(client.pid)"), ("client_uid", "\(client.uid)")]
    if case .attached(let ring) = client.state { fields.append(("client", ring.peer.name)) }
    inbox.say(.warning, "a client was disconnected", fields + [("reason", reason)])
    hangUp(client)
  }

  /// The connection is over; its ring is drained to the end.
  func hangUp(_ client: NativeClient) {
    let state = client.state
    client.state = .gone
    if let token = client.token { loop.remove(token) }
    if clients.removeValue(forKey: ObjectIdentifier(client)) != nil { places.leave(client.uid) }
    client.close()
    switch state {
    case .attached(let ring):
      bySlot[ring.slot] = nil
      inbox.send(.hangUp(ring))
    case .awaitingRelease(let hello): awaiting[hello.oldRing] = nil
    case .awaitingHello: isSilentNoMore()
    case .greeted, .gone: break
    }
  }

  /// The writer is done with a ring: drained, or quarantined because it held nonsense.
  func released(_ ring: Ring, _ fault: RingFault?) {
    if ring.room != nil { return intakeFailed(ring, fault) }
    if let client = bySlot[ring.slot] {
      disconnect(client, "its ring was quarantined: \(fault?.description ?? "hung up")")
    }
    rings[ring.slot] = nil
    if let shelf {
      shelf.forget(ring.id)
      ring.files.discard()
    }
    leaveControlFile(slot: ring.slot)
    freeSlots.insert(ring.slot, at: 0)  // last in line: its client may come back for its end
    memory.release(ring.dataBytes, uid: ring.peer.uid)
    ended.add(
      ring.id,
      RingEnd(
        tail: ring.statistics.tail.load(ordering: .relaxed),
        droppedTaken: ring.statistics.dropped.load(ordering: .relaxed)))
    guard let client = awaiting.removeValue(forKey: ring.id),
      case .awaitingRelease(let hello) = client.state
    else { return }
    grant(client, hello)
  }
}
