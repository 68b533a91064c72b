// The intake: what the text doors have taken from their sockets, in a file that outlives the daemon.
//
// It is the data file of a ring, as <doc:Protocol> has it, so the writer drains it like any other;
// and behind it a place for each connection of lines.sock: a small ring of raw bytes, into which the
// socket is read, and where a line that is not finished yet stays.
//
// Layout (version 1; u64 unless said otherwise)
//      0  header page of the ring; from 1024 on: u32 magic "LGDI", u32 version, id of the ring, places,
//         bytes of a place, count of turns, and of them when the last datagram was taken out of
//         its socket; at 1152 and 1280 the last two turns
//   4096  data area of the ring, then its control page
//      …  a head of 64 bytes for each place, page-aligned: client (0: free), bytes received, bytes
//         consumed, whether the rest of a line is skipped, u32 pid, uid, gid, 0, bytes taken out of
//         the socket
//      …  the places. Only those in use have memory: allocated when a client comes, so that a full
//         disk is an error there and no fault later
//
// A turn makes records of whole lines: they are written beyond the head, then the new head and how
// far the place is consumed are noted as a turn, and the count of turns is stored. That one store is
// the commit. Then head and place are moved; whoever finds the file moves them once more.
//
// Faults tolerated: killed between any two stores, or in any call. Bytes are in their socket until they
// are in their place, lines in their place until the commit, and then in the ring.

internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// The mapped file. On the I/O thread; the writer has a descriptor of its own.
final class IntakeFile {
  struct Geometry: Equatable {
    /// A power of two, as the bytes of a place.
    var dataBytes: Int
    var places: Int
    var placeBytes: Int

    fileprivate var controlOffset: Int { Layout.headerBytes + dataBytes }
    fileprivate var headsOffset: Int { controlOffset + Layout.controlBytes }
    fileprivate var placesOffset: Int { headsOffset + (places * At.headBytes + 4095) & ~4095 }
    fileprivate var byteCount: Int { placesOffset + places * placeBytes }
  }

  /// What was counted of all clients since the file was made; committed with the turn.
  struct Totals: Equatable {
    var malformed: UInt64 = 0
    var cut: UInt64 = 0
    var suppressed: UInt64 = 0
  }

  private enum At {
    static let magic = 1024
    static let version = 1028
    static let ring = 1032
    static let places = 1040
    static let placeBytes = 1048
    static let turns = 1088
    static let datagramTurn = 1096
    static let turn = 1152
    static let turnBytes = 128
    static let headBytes = 64
  }
  private static let magic: UInt32 = 0x4944_474C
  private static let version: UInt32 = 1

  let geometry: Geometry
  private let memory: Mapping
  private let file: Descriptor
  /// The published head, and the end of what was appended since.
  private(set) var head: UInt64
  private var end: UInt64
  private var turns: UInt64
  var totals: Totals

  /// The file that an earlier daemon left at `path`, in its geometry as long as there is anything in
  /// it; else a new one. The caller holds the lock of the directory.
  init(path: String, _ wanted: Geometry, ring: UInt64) throws(SystemError) {
    do throws(Errno) {
      let fd = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard fd >= 0 else { throw Errno.current }
      file = Descriptor(owning: fd)
      let kept = try Self.kept(file, wanted)
      geometry = kept ?? wanted
      if kept == nil { try Self.allocate(file, wanted) }
      memory = try Mapping(file: file.raw, byteCount: geometry.byteCount)
      head = 0
      end = 0
      turns = 0
      totals = Totals()
      if kept == nil { makeAnew(ring: ring) } else { takeUp() }
    } catch {
      throw SystemError("make room in", path, error)
    }
  }

  private static func found(_ file: borrowing Descriptor) throws(Errno) -> Geometry? {
    let bytes = try FileStatus(of: file).bytes
    guard bytes >= UInt64(Layout.headerBytes) else { return nil }
    let page = try Mapping(readOnlyFile: file.raw, byteCount: Layout.headerBytes)
    guard page.load32(At.magic) == magic, page.load32(At.version) == version else { return nil }
    let words = [Layout.Header.dataBytes, At.places, At.placeBytes].map { page.load($0) }
    guard words[0] <= 1 << 30, words[1] <= 1 << 20, words[2] <= 1 << 24 else { return nil }
    let found = Geometry(
      dataBytes: Int(words[0]), places: Int(words[1]), placeBytes: Int(words[2]))
    return bytes == UInt64(found.byteCount) ? found : nil
  }

  /// The geometry of what an earlier daemon left, unless it is another one and nothing is in it.
  private static func kept(
    _ file: borrowing Descriptor, _ wanted: Geometry
  ) throws(Errno) -> Geometry? {
    guard let found = try found(file) else { return nil }
    if found == wanted { return found }
    return try isEmpty(file, found) ? nil : found
  }

  private static func isEmpty(
    _ file: borrowing Descriptor, _ geometry: Geometry
  ) throws(Errno) -> Bool {
    let memory = try Mapping(file: file.raw, byteCount: geometry.placesOffset)
    let tail = memory.load(geometry.controlOffset + Layout.Control.tail)
    let turns = memory.load(At.turns)
    let head = turns == 0 ? 0 : memory.load(At.turn + Int(turns & 1) * At.turnBytes)
    return tail == head
      && (0..<geometry.places).allSatisfy {
        memory.load(geometry.headsOffset + $0 * At.headBytes) == 0
      }
  }

  private static func allocate(
    _ file: borrowing Descriptor, _ geometry: Geometry
  ) throws(Errno) {
    guard ftruncate(file.raw, 0) == 0, ftruncate(file.raw, geometry.byteCount) == 0 else {
      throw Errno.current
    }
    let result = posix_fallocate(file.raw, 0, geometry.placesOffset)
    guard result == 0 else { throw Errno(result) }
  }

  private func makeAnew(ring: UInt64) {
    memory.store32(Layout.Header.magic, Layout.Magic.data)
    memory.store32(Layout.Header.version, UInt32(Layout.version))
    memory.store(Layout.Header.dataBytes, UInt64(geometry.dataBytes))
    memory.store(At.places, UInt64(geometry.places))
    memory.store(At.placeBytes, UInt64(geometry.placeBytes))
    memory.store32(At.version, Self.version)
    begin(ring: ring)
    memory.store32(At.magic, Self.magic)
  }

  private func takeUp() {
    turns = memory.load(At.turns)
    if turns > 0 { finishTurn() }
    end = head
  }

  // MARK: the ring

  var ringID: UInt64 { memory.load(At.ring) }

  /// Everything that is in the ring is left unread: what comes now belongs to another ring.
  func begin(ring: UInt64) {
    let control = geometry.controlOffset
    memory.store32(control + Layout.Control.magic, Layout.Magic.control)
    memory.store32(control + Layout.Control.version, UInt32(Layout.version))
    memory.store(control + Layout.Control.dataBytes, UInt64(geometry.dataBytes))
    memory.store(control + Layout.Control.tail, head)
    memory.store(control + Layout.Control.ring, ring)
    memory.store(Layout.Header.headCheck, ~head)
    memory.store(Layout.Header.head, head)
    memory.store(At.ring, ring)
  }

  /// The ring's files for the writer: descriptors and a control page of its own.
  func ringFiles() throws(Errno) -> RingFiles {
    RingFiles(
      data: Descriptor(owning: try check(clinux_dup_above(file.raw, 0))),
      control: try Mapping(
        file: file.raw, from: geometry.controlOffset, byteCount: Layout.controlBytes),
      of: Descriptor(owning: try check(clinux_dup_above(file.raw, 0))))
  }

  var tail: UInt64 { memory.load(geometry.controlOffset + Layout.Control.tail) }

  /// Whether and for whom the writer wants to be woken.
  var sleep: SleepWord {
    SleepWord(rawValue: memory.load32(geometry.controlOffset + Layout.Control.sleep))
  }

  func hasRoom(_ byteCount: Int) -> Bool {
    end &+ UInt64(byteCount) &- tail <= UInt64(geometry.dataBytes)
  }

  /// Adds bytes to a record; the caller has asked ``hasRoom(_:)`` for all of it.
  func append(_ bytes: RawSpan) {
    var done = 0
    while done < bytes.byteCount {
      let offset = Int((end &+ UInt64(done)) & UInt64(geometry.dataBytes - 1))
      let piece = min(bytes.byteCount - done, geometry.dataBytes - offset)
      memory.put(bytes.extracting(done..<done + piece), at: Layout.headerBytes + offset)
      done += piece
    }
    end &+= UInt64(done)
  }

  /// Ends a record: the next one begins aligned.
  func endRecord() { end = UInt64(Layout.padded(Int(end))) }

  /// Makes everything that was appended, and how far `place` is consumed, so at one stroke.
  func commit(_ place: Place? = nil, consumed: UInt64 = 0, skipsRest: Bool = false) {
    commit(place, consumed: consumed, skipsRest: skipsRest, isDatagram: false)
  }

  /// The same of a datagram that lies in its socket; then takes it out.
  func commitDatagram(of socket: borrowing Descriptor) {
    commit(nil, consumed: 0, skipsRest: false, isDatagram: true)
    socket.takeOutDatagram()
    memory.store(At.datagramTurn, turns)
  }

  /// Takes the datagram out of its socket that an earlier daemon had committed and had no time to take.
  /// As with places the socket itself knows, see ``settle(_:_:)``; one that is empty is not there.
  func settleDatagrams(_ socket: borrowing Descriptor) throws(Errno) {
    let isPending =
      memory.load(At.turn + Int(turns & 1) * At.turnBytes + 64) != 0
      && memory.load(At.datagramTurn) != turns
    if isPending {
      if try check(clinux_peek_offset(socket.raw)) > 0 { socket.takeOutDatagram() }
      memory.store(At.datagramTurn, turns)
    }
    _ = try check(clinux_peek_from_start(socket.raw))
  }

  private func commit(_ place: Place?, consumed: UInt64, skipsRest: Bool, isDatagram: Bool) {
    let at = At.turn + Int((turns &+ 1) & 1) * At.turnBytes
    let words: InlineArray<9, UInt64> = [
      end, place?.client ?? 0, UInt64(place?.index ?? 0), consumed, skipsRest ? 1 : 0,
      totals.malformed, totals.cut, totals.suppressed, isDatagram ? 1 : 0,
    ]
    for index in 0..<9 { memory.store(at + index * 8, words[index]) }
    turns &+= 1
    memory.store(At.turns, turns)
    finishTurn()
  }

  /// What the last turn has decided. Can be repeated.
  private func finishTurn() {
    let at = At.turn + Int(turns & 1) * At.turnBytes
    head = memory.load(at)
    totals = Totals(
      malformed: memory.load(at + 40), cut: memory.load(at + 48), suppressed: memory.load(at + 56))
    let client = memory.load(at + 8)
    let place = geometry.headsOffset + Int(memory.load(at + 16)) * At.headBytes
    if client != 0, memory.load(place) == client {
      memory.store(place + Head.consumed, memory.load(at + 24))
      memory.store(place + Head.skipsRest, memory.load(at + 32))
    }
    memory.store(Layout.Header.headCheck, ~head)
    memory.store(Layout.Header.head, head)
  }

  // MARK: places

  private enum Head {
    static let received = 8
    static let consumed = 16
    static let skipsRest = 24
    static let pid = 32
    static let uid = 36
    static let gid = 40
    static let taken = 48
  }

  /// Where the bytes of one connection are.
  struct Place {
    let index: Int
    let client: UInt64
  }

  /// Whose bytes an earlier daemon has left: all places in use.
  var placesInUse: [(place: Place, peer: Credentials)] {
    (0..<geometry.places).compactMap { index in
      let at = headOffset(index)
      let client = memory.load(at)
      guard client != 0 else { return nil }
      let peer = Credentials(
        pid: Int32(bitPattern: memory.load32(at + Head.pid)), uid: memory.load32(at + Head.uid),
        gid: memory.load32(at + Head.gid))
      return (Place(index: index, client: client), peer)
    }
  }

  /// Gives a client a free place, with memory.
  func take(_ index: Int, for client: UInt64, _ peer: Credentials) throws(Errno) -> Place {
    let result = posix_fallocate(file.raw, placeOffset(index), geometry.placeBytes)
    guard result == 0 else { throw Errno(result) }
    let at = headOffset(index)
    memory.store(at + Head.received, 0)
    memory.store(at + Head.taken, 0)
    memory.store(at + Head.consumed, 0)
    memory.store(at + Head.skipsRest, 0)
    memory.store32(at + Head.pid, UInt32(bitPattern: peer.pid))
    memory.store32(at + Head.uid, peer.uid)
    memory.store32(at + Head.gid, peer.gid)
    memory.store(at, client)
    return Place(index: index, client: client)
  }

  /// The client has gone, and everything it sent is in the ring.
  func free(_ place: Place) {
    memory.store(headOffset(place.index), 0)
    clinux_punch_part(file.raw, UInt64(placeOffset(place.index)), UInt64(geometry.placeBytes))
  }

  func received(_ place: Place) -> UInt64 { memory.load(headOffset(place.index) + Head.received) }
  func consumed(_ place: Place) -> UInt64 { memory.load(headOffset(place.index) + Head.consumed) }
  func skipsRest(_ place: Place) -> Bool {
    memory.load(headOffset(place.index) + Head.skipsRest) != 0
  }

  /// Reads a connection straight into its place, at most `byteCount` bytes. How many came; 0 at the
  /// end, `nil`: nothing is there.
  ///
  /// First a look, MSG_PEEK; the bytes are noted as received; then they are taken out of the socket.
  /// Whether that was done the socket itself knows, see ``settle(_:_:)``: no kill loses any.
  func receive(
    into place: Place, from socket: Int32, atMost byteCount: Int
  ) throws(Errno) -> Int? {
    let position = received(place)
    let offset = Int(position & UInt64(geometry.placeBytes - 1))
    let free = geometry.placeBytes - Int(position &- consumed(place))
    let count = min(byteCount, free, geometry.placeBytes - offset)
    precondition(count > 0, "a place that is full has a line that is cut")
    do throws(Errno) {
      let at = placeOffset(place.index) + offset
      let seen = try memory.receive(at, byteCount: count, from: socket, isLook: true)
      let end = position &+ UInt64(seen)
      memory.store(headOffset(place.index) + Head.received, end)
      try takeOut(seen, of: socket, at)
      memory.store(headOffset(place.index) + Head.taken, end)
      return seen
    } catch {
      if error.isWouldBlock { return nil }
      throw error
    }
  }

  /// For a connection of an earlier daemon: takes out of the socket what it had noted as received and
  /// had no time to take. For a new one: has looks begin at the oldest byte from now on.
  ///
  /// The kernel counts the bytes that were looked at and not taken, SO_PEEK_OFF of socket(7), and the
  /// count outlives the daemon with its socket.
  func settle(_ place: Place, _ socket: Int32) throws(Errno) {
    let at = headOffset(place.index)
    let position = memory.load(at + Head.taken)
    let pending = Int(received(place) &- position)
    if pending > 0 {
      let left = min(pending, Int(try check(clinux_peek_offset(socket))))
      let offset = Int((received(place) &- UInt64(left)) & UInt64(geometry.placeBytes - 1))
      try takeOut(left, of: socket, placeOffset(place.index) + offset)
      memory.store(at + Head.taken, received(place))
    }
    _ = try check(clinux_peek_from_start(socket))
  }

  /// Over the bytes that were seen: they are the same.
  private func takeOut(_ byteCount: Int, of socket: Int32, _ offset: Int) throws(Errno) {
    var taken = 0
    while taken < byteCount {
      let count = try memory.receive(offset + taken, byteCount: byteCount - taken, from: socket)
      guard count > 0 else { throw Errno(ECONNRESET) }
      taken += count
    }
  }

  /// Reads from the bytes of a place: in two pieces where they wrap. They do not change meanwhile.
  func withBytes<R>(
    of place: Place, _ range: Range<UInt64>, _ body: (RawSpan, RawSpan) -> R
  ) -> R {
    let offset = Int(range.lowerBound & UInt64(geometry.placeBytes - 1))
    let count = Int(range.upperBound - range.lowerBound)
    let first = min(count, geometry.placeBytes - offset)
    let base = placeOffset(place.index)
    return memory.withBytes(base + offset, first) { head in
      memory.withBytes(base, count - first) { rest in body(head, rest) }
    }
  }

  /// Where the first newline is, or NUL if that ends a line too.
  func lineEnd(of place: Place, _ range: Range<UInt64>, orNUL: Bool) -> UInt64? {
    withBytes(of: place, range) { head, rest in
      let first = head.lineEnd(orNUL: orNUL)
      let end = first ?? rest.lineEnd(orNUL: orNUL).map { head.byteCount + $0 }
      return end.map { range.lowerBound + UInt64($0) }
    }
  }

  func byte(of place: Place, at position: UInt64) -> UInt8 {
    withBytes(of: place, position..<position + 1) { bytes, _ in bytes.u8(at: 0) }
  }

  private func headOffset(_ index: Int) -> Int { geometry.headsOffset + index * At.headBytes }
  private func placeOffset(_ index: Int) -> Int {
    geometry.placesOffset + index * geometry.placeBytes
  }
}

extension RawSpan {
  fileprivate func lineEnd(orNUL: Bool) -> Int? {
    let newline = firstIndex(of: 0x0a)
    guard orNUL else { return newline }
    return extracting(0..<(newline ?? byteCount)).firstIndex(of: 0) ?? newline
  }
}

/// Who the kernel says it is.
struct Credentials: Hashable, Sendable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32
}
