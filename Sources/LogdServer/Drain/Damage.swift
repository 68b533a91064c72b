internal import LogdPlatform
internal import LogdWire

/// What is wrong with a file that an earlier daemon left, and what is given up for it.
///
/// Ledger and intake come back from a place where, while no daemon ran, anybody who may write there
/// could change them, and a machine that fails may. There is no checksum: what is looked for is
/// what no daemon can have written and the next one would stumble over. It is put right before
/// anything else is read, said in the log, and never a reason not to start.
struct Damage: Equatable, Sendable {
  let what: String
  let givenUp: String

  init(_ what: String, givenUp: String) {
    self.what = what
    self.givenUp = givenUp
  }

  /// Positions, counts and ids stay below: a ring that takes 10 GB a second gets there in 14 years,
  /// the nanoseconds since 1970 that ids begin with in 2116.
  static let wordMax: UInt64 = 1 << 62

  static func isPosition(_ word: UInt64) -> Bool { word <= wordMax && word % 8 == 0 }
  static func isID(_ word: UInt64) -> Bool { word > 0 && word <= wordMax }

  /// Whether somebody has begun to make a file, and was killed before it was one.
  static func isBlank(_ page: borrowing Mapping) -> Bool {
    stride(from: 0, to: page.byteCount, by: 8).allSatisfy { page.load($0) == 0 }
  }
}

extension WriterInbox {
  func say(_ damages: [Damage], of file: String) {
    for damage in damages {
      say(
        .error, "\(file) was damaged while no logd ran",
        [("what", damage.what), ("given_up", damage.givenUp)])
    }
  }
}
