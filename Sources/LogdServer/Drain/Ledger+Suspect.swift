internal import LogdPlatform

// Under which ring the daemon has died.
extension Ledger {
  /// Where it stands which ring the writer was reading when it died of a fault, and how many times
  /// in a row that was the same. Written by a signal handler: a `kill -9` makes nobody a suspect.
  private enum Suspect {
    static let reading = At.suspect
    static let ring = At.suspect + 8
    static let deaths = At.suspect + 16
    /// Nothing more is read of a ring under which the daemon died so many times.
    static let deathsMax: UInt64 = 2
  }

  func isQuarantined(_ ring: UInt64) -> Bool {
    ring != 0 && memory.load(Suspect.ring) == ring
      && memory.load(Suspect.deaths) >= Suspect.deathsMax
  }

  /// The client of one ring moves what it holds into another: the suspicion goes along.
  func inheritSuspicion(from old: UInt64, to new: UInt64) {
    if old != 0, memory.load(Suspect.ring) == old { memory.store(Suspect.ring, new) }
  }

  /// Has faults of this thread, the writer's, noted from now on.
  func noteFaults() {
    memory.store(Suspect.reading, 0)
    memory.noteFaults(at: At.suspect)
  }

  func isReading(_ ring: UInt64) {
    if Self.isKept { memory.store(Suspect.reading, ring) }
  }
}
