import CLinux
import Glibc
import LogdPlatform
import LogdWire
import Testing

@testable import LogdServer

/// What the next daemon finds when this one is killed at any moment.
@Suite struct `The intake` {
  private func send(_ text: String, into intake: TextIntake, _ place: IntakeFile.Place) throws {
    var pair: [Int32] = [-1, -1]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &pair))
    let ours = Descriptor(owning: pair[0])
    let theirs = Descriptor(owning: pair[1])
    let bytes = Array(text.utf8)
    _ = try check(unsafe clinux_send(theirs.raw, bytes, UInt64(bytes.count)))
    // In two pieces where the place ends.
    var received = 0
    while received < bytes.count {
      received += try #require(
        try intake.file.receive(into: place, from: ours.raw, atMost: 1 << 14))
    }
  }

  private func text(_ place: IntakeFile.Place, of file: IntakeFile) -> String {
    file.withBytes(of: place, file.consumed(place)..<file.received(place)) { head, rest in
      let bytes =
        (0..<head.byteCount).map { head.u8(at: $0) } + (0..<rest.byteCount).map { rest.u8(at: $0) }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Its connections and datagrams have gone with the old one.
  @Test func `nothing is settled with a new socket`() throws {
    let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    #expect(clinux_peek_offset(socket.raw) == 0)
  }

  @Test func `before its commit a turn has not happened, after it has`() throws {
    let intake = try TextIntake()
    let place = try intake.file.take(2, for: 7, TextIntake.peer)
    try send("one\ntwo\nthr", into: intake, place)
    intake.add(Array("one".utf8))
    intake.add(Array("two".utf8))
    try intake.reopen()
    #expect(text(place, of: intake.file) == "one\ntwo\nthr")
    #expect(try intake.lines().isEmpty)

    intake.add(Array("one".utf8))
    intake.add(Array("two".utf8))
    intake.file.commit(place, consumed: 8)
    try intake.reopen()
    #expect(text(place, of: intake.file) == "thr")
    #expect(try intake.lines() == ["info lines[42]: one", "info lines[42]: two"])
    let found = try #require(intake.file.placesInUse.first)
    #expect(found.place.client == 7 && found.place.index == 2 && found.peer == TextIntake.peer)
  }

  /// The words that follow the commit are stored again by whoever finds the file.
  @Test func `a commit that was interrupted is finished`() throws {
    let intake = try TextIntake()
    let place = try intake.file.take(0, for: 7, TextIntake.peer)
    try send("one\nrest", into: intake, place)
    intake.add(Array("one".utf8))
    intake.file.totals.malformed = 3
    intake.file.commit(place, consumed: 4, skipsRest: true)
    intake.undoWhatFollowsTheCommit(of: place)
    try intake.reopen()
    #expect(text(place, of: intake.file) == "rest")
    #expect(intake.file.skipsRest(place))
    #expect(intake.file.totals.malformed == 3)
    #expect(try intake.lines() == ["info lines[42]: one"])
  }

  @Test func `a place that another client has now is left alone by the last turn of the former`()
    throws
  {
    let intake = try TextIntake()
    let former = try intake.file.take(0, for: 7, TextIntake.peer)
    try send("one\n", into: intake, former)
    intake.file.commit(former, consumed: 4)
    intake.file.free(former)
    let place = try intake.file.take(0, for: 8, TextIntake.peer)
    try send("x", into: intake, place)
    try intake.reopen()
    #expect(text(place, of: intake.file) == "x")
  }

  /// The three steps from a socket into a place, and a kill after each: whoever keeps the socket goes
  /// on with every byte once.
  @Test(arguments: ["looked", "noted", "taken"])
  func `a socket is gone on with wherever its reader was killed`(step: String) throws {
    var pair: [Int32] = [-1, -1]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &pair))
    let ours = Descriptor(owning: pair[0])
    let theirs = Descriptor(owning: pair[1])
    let intake = try TextIntake()
    let place = try intake.file.take(1, for: 7, TextIntake.peer)
    try intake.file.settle(place, ours.raw)
    _ = try check(unsafe clinux_send(theirs.raw, "first", 5))
    switch step {
    case "looked":
      var bytes = [UInt8](repeating: 0, count: 5)
      #expect(unsafe clinux_receive(ours.raw, &bytes, 5, true) == 5)
    case "noted":
      var bytes = [UInt8](repeating: 0, count: 5)
      #expect(unsafe clinux_receive(ours.raw, &bytes, 5, true) == 5)
      intake.note(bytes, asReceivedBy: place)
    default:
      #expect(try intake.file.receive(into: place, from: ours.raw, atMost: 100) == 5)
      intake.forgetThatItTook(place)
    }
    try intake.reopen()
    try intake.file.settle(place, ours.raw)
    _ = try check(unsafe clinux_send(theirs.raw, "second", 6))
    while try intake.file.receive(into: place, from: ours.raw, atMost: 100) != nil {}
    #expect(text(place, of: intake.file) == "firstsecond")
  }

  @Test func `keeps its size as long as there is something in it`() throws {
    let intake = try TextIntake()
    intake.add(Array("one".utf8))
    intake.file.commit()
    try intake.reopen(dataBytes: 1 << 18)
    #expect(intake.file.geometry.dataBytes == 1 << 20 && intake.file.ringID == 99)
    #expect(try intake.lines() == ["info lines[42]: one"])
    intake.drain()
    try intake.reopen(dataBytes: 1 << 18)
    #expect(intake.file.geometry.dataBytes == 1 << 18 && intake.file.ringID == 100)
  }

  @Test func `records and raw bytes go round many times`() throws {
    let intake = try TextIntake(recordBytes: 4096, dataBytes: 1 << 16)
    let place = try intake.file.take(3, for: 7, TextIntake.peer)
    var consumed: UInt64 = 0
    for number in 0..<5000 {
      let line = "\(number):" + String(repeating: "x", count: number % 1000)
      try send(String(line.prefix(10)), into: intake, place)
      #expect(text(place, of: intake.file) == line.prefix(10))
      consumed += UInt64(line.prefix(10).utf8.count)
      #expect(intake.file.hasRoom(4096))
      intake.add(Array(line.utf8))
      intake.file.commit(place, consumed: consumed)
      #expect(try intake.lines() == ["info lines[42]: \(line)"])
      intake.drain()
    }
  }

  @Test func `a full ring has no room until something is taken out`() throws {
    let intake = try TextIntake(recordBytes: 4096, dataBytes: 1 << 16)
    var count = 0
    while intake.file.hasRoom(4096) {
      intake.add(Array(repeating: 65, count: 1000))
      count += 1
    }
    intake.file.commit()
    #expect(count > 50)
    #expect(try intake.lines().count == count)
    intake.drain()
    #expect(intake.file.hasRoom(1 << 16))
  }
}
