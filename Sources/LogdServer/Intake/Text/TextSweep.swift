internal import LogdPlatform

/// What text comes out of: a connection of lines.sock, or syslog.sock.
protocol TextSource: RoomWaiter {
  /// Reads nothing, since the ring has no room for what it has read.
  var isWaiting: Bool { get }
  /// Reads some, and makes records of it. Whether more may be there at once.
  func turn() -> Bool
}

/// Reads what all clients of the text doors have sent, for flushes. On the I/O thread, a little in each
/// round of its loop, as far as the ring has room.
///
/// Sweeps have numbers. One serves all who have asked before it began.
final class TextSweep: RoomWaiter {
  private unowned let doors: TextDoors
  /// Called with the number of each sweep that has ended.
  var ended: (UInt64) -> Void = { _ in }
  /// The last one that somebody asked for, and that has begun.
  private var requested: UInt64 = 0
  private var begun: UInt64 = 0
  private var isActive = false
  /// Those that are not read yet, and how often the last one of them was.
  private var sources: [any TextSource] = []
  private var turns = 0

  /// In one round: others come next.
  private static let sliceNanoseconds: UInt64 = 1_000_000
  /// No more of one client than its socket holds at a time, so that this ends.
  static let turnsMax = 64

  init(_ doors: TextDoors) { self.doors = doors }

  /// The number of the sweep that reads what has been sent by now.
  func request() -> UInt64 {
    if requested == begun { requested += 1 }
    if !isActive { goOnSoon() }
    isActive = true
    return requested
  }

  private func goOnSoon() { doors.loop.after(0) { [weak self] in self?.goOn() } }

  func goOn() {
    if begun < requested, sources.isEmpty { begin() }
    doors.intake.turn { sweep() }
  }

  private func sweep() {
    let end = Clock.monotonicNanoseconds() + Self.sliceNanoseconds
    while let source = sources.last {
      if Clock.monotonicNanoseconds() >= end { return goOnSoon() }
      let hasMore = source.turn()
      if source.isWaiting { return doors.wait(for: self) }
      turns += 1
      if !hasMore || turns == Self.turnsMax { next() }
    }
    ended(begun)
    isActive = begun < requested
    if isActive { goOnSoon() }
  }

  private func begin() {
    begun = requested
    sources = doors.sources
    turns = 0
  }

  private func next() {
    sources.removeLast()
    turns = 0
  }
}
