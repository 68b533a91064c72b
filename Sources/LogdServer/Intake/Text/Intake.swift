internal import LogdPlatform
internal import LogdWire

/// The producer of the intake's ring: makes records of what the text doors read. On the I/O thread.
final class Intake {
  let file: IntakeFile
  private(set) var ring: Ring
  let record: TextRecord
  private let room: IntakeRoom
  private let inbox: WriterInbox
  private var rungEpoch: UInt32 = .max
  /// The most severe record since the last commit.
  private var severest = Severity.debug
  /// Of the lines that are being read: their time.
  private(set) var now: UInt64 = 0
  private var wallNow: Int64 = 0

  init(
    _ file: IntakeFile, _ ring: Ring, _ limits: FrameLimits, _ inbox: WriterInbox,
    _ room: IntakeRoom
  ) throws(Errno) {
    self.file = file
    self.ring = ring
    self.inbox = inbox
    self.room = room
    record = try TextRecord(limits)
  }

  /// The one before was damaged.
  func goOn(in ring: Ring) {
    self.ring = ring
    rungEpoch = .max
  }

  var hasRoom: Bool { file.hasRoom(record.frameBytesMax) }

  /// Has `IntakeRoom.made` called when there may be room; false: there is some already.
  func wantRoom() -> Bool {
    room.want()
    return !hasRoom
  }

  /// What is read from now on has come now.
  func beginTurn() {
    now = Clock.monotonicNanoseconds()
    wallNow = Clock.realtimeNanoseconds()
  }

  /// Adds ``record``, as it is. There must be room.
  func add(from peer: Credentials, door: Ident) {
    record.append(to: file, from: peer, now: now, wallNow: wallNow, door: door)
    severest = min(severest, record.severity)
  }

  /// From here on what was added survives, and is never added again.
  func commit(_ place: IntakeFile.Place? = nil, consumed: UInt64 = 0, skipsRest: Bool = false) {
    let before = file.head
    file.commit(place, consumed: consumed, skipsRest: skipsRest)
    committed(before)
  }

  /// The same of a datagram that lies in its socket, and is taken out.
  func commitDatagram(of socket: borrowing Descriptor) {
    let before = file.head
    file.commitDatagram(of: socket)
    committed(before)
  }

  private func committed(_ before: UInt64) {
    if file.head != before { ringIfWanted() }
    severest = .debug
  }

  /// As a client does after its log call, see ``LogdWire/SleepWord``.
  private func ringIfWanted() {
    fullFence()
    let word = file.sleep
    guard word.wantsBell(severity: severest.rawValue), word.epoch != rungEpoch else { return }
    rungEpoch = word.epoch
    inbox.ring(ring)
  }
}
