// One connection of lines.sock, on the I/O thread.
//
//   reading   a turn: read into its place, records of the whole lines, commit   → waiting, ended
//   waiting   the ring is full: nothing is read, the peer's sends wait             → reading
//   resting   the daemon ends, and the next one goes on with the connection
//   ended     nothing more comes: what is in the place becomes records, half a line too → gone
//
// Limits
// 1. `turnBytes` in one turn, so that a flood does not hold up others for longer.
// 2. A line of `limits.line_max` bytes without an end is cut there, marked, and its rest skipped.

internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

final class LinesConnection: EventHandler, TextSource {
  private enum State { case reading, waiting, resting, gone }

  let client: TextClient
  let place: IntakeFile.Place
  private let socket: Descriptor?
  private unowned let doors: TextDoors
  private var token: EventLoop.Token?
  private var state = State.reading
  private var hasEnded: Bool
  /// How far it was looked for the end of a line.
  private var scanned: UInt64 = 0

  private static let turnBytes = 16 << 10

  /// `socket`: nil for one whose connection died with an earlier daemon.
  init(
    _ socket: consuming Descriptor?, _ place: IntakeFile.Place, _ client: TextClient,
    _ doors: TextDoors
  ) throws(Errno) {
    hasEnded = socket == nil
    self.socket = socket
    self.place = place
    self.client = client
    self.doors = doors
    if let number = raw { try doors.intake.file.settle(place, number) }
    try watch()
  }

  private func watch() throws(Errno) {
    guard let number = raw, !hasEnded else { return }
    token = try doors.loop.add(number, .readable, self)
  }

  var isWaiting: Bool { state == .waiting }

  private var raw: Int32? {
    switch socket {
    case .some(let socket): socket.raw
    case .none: nil
    }
  }

  func describe(_ registry: ClientRegistry) {
    guard let number = raw else { return }
    PeerResolver.describe(
      pid: client.peer.pid, socket: number, doors.loop, registry.background
    ) { [weak client] in client?.description = $0 }
  }

  private func unwatch() {
    if let token { doors.loop.remove(token) }
    token = nil
  }

  func ready(_ events: Events) {
    doors.intake.turn { _ = turn() }
  }

  /// One recv and what is to be done with it.
  func turn() -> Bool {
    guard state == .reading else { return false }
    let hasMore = receive()
    takeLines()
    return hasMore && state == .reading
  }

  private func receive() -> Bool {
    guard !hasEnded, let socket = raw else { return false }
    do throws(Errno) {
      let count = try doors.intake.file.receive(
        into: place, from: socket, atMost: Self.turnBytes)
      if count == 0 { end() }
      client.counts.bytes += UInt64(count ?? 0)
      return count ?? 0 > 0
    } catch {
      end()  // ECONNRESET: as the end
      return false
    }
  }

  /// The peer sends nothing more, or the daemon ends and nobody keeps the connection.
  func end() {
    hasEnded = true
    unwatch()
  }

  /// Reads nothing more: what is in the place and in the socket is for the next daemon.
  func rest() {
    guard state != .gone else { return }
    state = .resting
    unwatch()
  }

  /// Goes on where the ring was full.
  func goOn() {
    guard state == .waiting else { return }
    state = .reading
    takeLines()
    guard state == .reading, !hasEnded else { return }
    do throws(Errno) {
      try watch()
    } catch {
      end()
      takeLines()
    }
  }

  /// Makes records of all whole lines, as far as there is room, and commits them at one stroke.
  func takeLines() {
    let file = doors.intake.file
    let received = file.received(place)
    var consumed = file.consumed(place)
    var skipsRest = file.skipsRest(place)
    var isFull = false
    let before = consumed
    let skippedBefore = skipsRest
    while consumed < received {
      let line = nextLine(consumed..<received)
      guard line.isWhole || line.isOverlong || hasEnded || skipsRest else { break }
      if !skipsRest {
        guard doors.intake.hasRoom else {
          isFull = true
          break
        }
        doors.take(place, consumed..<line.end, of: client, isCut: line.isOverlong)
      }
      skipsRest = line.isWhole ? false : skipsRest || line.isOverlong
      consumed = line.next
      scanned = consumed
    }
    if consumed != before || skipsRest != skippedBefore {
      doors.intake.commit(place, consumed: consumed, skipsRest: skipsRest)
    }
    if isFull { return wait() }
    if hasEnded { leave() }
  }

  private struct Line {
    /// Of its text, without what ends it.
    let end: UInt64
    let next: UInt64
    let isWhole: Bool
    let isOverlong: Bool
  }

  /// Ends at a newline; a syslog message also at a NUL, as glibc's syslog(3) sends it over a stream.
  private func nextLine(_ range: Range<UInt64>) -> Line {
    let limit = UInt64(doors.lineBytesMax)
    let from = max(scanned, range.lowerBound)
    let isSyslog = doors.intake.file.byte(of: place, at: range.lowerBound) == UInt8(ascii: "<")
    let found = doors.intake.file.lineEnd(
      of: place, from..<range.upperBound, orNUL: isSyslog)
    scanned = found ?? range.upperBound
    let end = scanned
    if end - range.lowerBound > limit || found == nil && end - range.lowerBound == limit {
      let cut = range.lowerBound + limit
      scanned = cut
      return Line(end: cut, next: cut, isWhole: false, isOverlong: true)
    }
    return Line(
      end: end, next: found.map { $0 + 1 } ?? end, isWhole: found != nil, isOverlong: false)
  }

  private func wait() {
    state = .waiting
    unwatch()
    doors.wait(for: self)
  }

  private func leave() {
    state = .gone
    unwatch()
    if let number = raw { clinux_shutdown(number) }
    doors.left(self)
  }
}
