internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

// The places: where the bytes of each connection of lines.sock lie until they are whole lines.
extension IntakeFile {
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
    let result = allocate(index)
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

  /// Gives a place memory; what posix_fallocate(3) says.
  func allocate(_ index: Int) -> Int32 {
    posix_fallocate(file.raw, placeOffset(index), geometry.placeBytes)
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

  func headOffset(_ index: Int) -> Int { geometry.headsOffset + index * At.headBytes }
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
