internal import LogdPlatform
internal import LogdWire
internal import Synchronization

/// The producer of the intake's ring: makes records of what the text doors read. On the I/O thread.
final class Intake {
  let file: IntakeFile
  private(set) var ring: Ring
  let record: TextRecord
  private let room: IntakeRoom
  private let inbox: WriterInbox
  /// For which sleep of the writer it has rung, and whether it said that it may wait.
  private var rung: (epoch: UInt32, mayWait: Bool)?
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
    rung = nil
  }

  var hasRoom: Bool { file.hasRoom(record.frameBytesMax) }

  /// Has `IntakeRoom.made` called when there may be room; false: there is some already.
  func wantRoom() -> Bool {
    room.want()
    return !hasRoom
  }

  /// What `body` reads has come now. The writer is told before the time is taken, and after what was
  /// read is in the ring, see ``Writer/isSettled``.
  func turn(_ body: () -> Void) {
    let ring = ring
    let isWithin = ring.isTaking.exchange(true, ordering: .sequentiallyConsistent)
    now = Clock.monotonicNanoseconds()
    wallNow = Clock.realtimeNanoseconds()
    body()
    ring.isTaking.store(isWithin, ordering: .sequentiallyConsistent)
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
    let (word, isFilling) = (file.sleep, file.isFilling)
    guard !word.isAwake, isFilling || word.wantsBell(severity: severest.rawValue) else { return }
    let mayWait = !isFilling && !SleepWord.isUrgent(severest.rawValue)
    if let rung, rung.epoch == word.epoch, mayWait || !rung.mayWait { return }
    rung = (word.epoch, mayWait)
    inbox.ring(ring, for: mayWait ? now : nil)
  }
}
