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
//   4096  data area of the ring, then its control block
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

    var controlOffset: Int { Layout.headerBytes + dataBytes }
    var headsOffset: Int { controlOffset + Layout.controlBytes }
    var placesOffset: Int { headsOffset + (places * At.headBytes + 4095) & ~4095 }
    fileprivate var byteCount: Int { placesOffset + places * placeBytes }
  }

  /// What was counted of all clients since the file was made; committed with the turn.
  struct Totals: Equatable {
    var malformed: UInt64 = 0
    var cut: UInt64 = 0
    var suppressed: UInt64 = 0
  }

  enum At {
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
  /// Less than `limits.line_max` ever asks for.
  private static let placeBytesMin = 4096
  enum Head {
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

  static let magic: UInt32 = 0x4944_474C
  static let version: UInt32 = 1

  let geometry: Geometry
  let memory: Mapping
  let file: Descriptor
  /// What was wrong with what an earlier daemon left, and has been put right.
  private(set) var damages: [Damage] = []
  /// The published head, and the end of what was appended since.
  var head: UInt64
  private var end: UInt64
  var turns: UInt64
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
      let isUnreadable = try Self.isUnreadable(file)
      try Self.allocate(file, geometry, isNew: kept == nil)
      memory = try Mapping(file: file.raw, byteCount: geometry.byteCount)
      head = 0
      end = 0
      turns = 0
      totals = Totals()
      if kept == nil { makeAnew(ring: ring) } else { takeUp(ring: ring) }
      if isUnreadable {
        damages = [
          Damage("its head or its size", givenUp: "what text clients had sent and no file has")
        ]
      }
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
    guard words[0] >= UInt64(Layout.dataBytesMin), words[0] <= UInt64(Layout.dataBytesMax),
      words[1] <= 1 << 20, words[2] >= UInt64(Self.placeBytesMin), words[2] <= 1 << 24,
      words[0].nonzeroBitCount == 1, words[2].nonzeroBitCount == 1
    else { return nil }
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

  private static func isUnreadable(_ file: borrowing Descriptor) throws(Errno) -> Bool {
    if try found(file) != nil { return false }
    let bytes = try FileStatus(of: file).bytes
    if bytes < UInt64(Layout.headerBytes) { return bytes > 0 }
    return !Damage.isBlank(try Mapping(readOnlyFile: file.raw, byteCount: Layout.headerBytes))
  }

  /// Also of a file that was there: nobody knows who has punched holes into it.
  private static func allocate(
    _ file: borrowing Descriptor, _ geometry: Geometry, isNew: Bool
  ) throws(Errno) {
    if isNew {
      guard ftruncate(file.raw, 0) == 0, ftruncate(file.raw, geometry.byteCount) == 0 else {
        throw Errno.current
      }
    }
    try file.fillHoles(upTo: geometry.placesOffset)
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

  private func takeUp(ring: UInt64) {
    turns = memory.load(At.turns)
    if turns > 0 { finishTurn() }
    damages = mend(ring: ring)
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

  /// The ring's memory for the writer: a descriptor and a control block of its own.
  func ringFiles() throws(Errno) -> RingFiles {
    let page = try Mapping(
      file: file.raw, from: geometry.controlOffset, byteCount: Layout.controlBytes)
    return RingFiles(
      data: Descriptor(owning: try check(clinux_dup_above(file.raw, 0))),
      left: ControlBlock(ControlMemory(page), at: 0))
  }

  var tail: UInt64 {
    get { memory.load(geometry.controlOffset + Layout.Control.tail) }
    set { memory.store(geometry.controlOffset + Layout.Control.tail, newValue) }
  }

  /// Whether and for whom the writer wants to be woken.
  var sleep: SleepWord {
    SleepWord(rawValue: memory.load32(geometry.controlOffset + Layout.Control.sleep))
  }

  func hasRoom(_ byteCount: Int) -> Bool {
    end &+ UInt64(byteCount) &- tail <= UInt64(geometry.dataBytes)
  }

  /// Whether so much waits that the writer should look, however little came so far.
  var isFilling: Bool { end &- tail >= UInt64(geometry.dataBytes / 4) }

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
    let index = memory.load(at + 16)
    guard index < UInt64(geometry.places) else { return publishHead() }
    let place = headOffset(Int(index))
    if client != 0, memory.load(place) == client {
      memory.store(place + Head.consumed, memory.load(at + 24))
      memory.store(place + Head.skipsRest, memory.load(at + 32))
    }
    publishHead()
  }

  func publishHead() {
    memory.store(Layout.Header.headCheck, ~head)
    memory.store(Layout.Header.head, head)
  }
}

/// Who the kernel says it is.
struct Credentials: Hashable, Sendable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32
}
