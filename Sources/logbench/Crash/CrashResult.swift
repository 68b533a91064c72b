internal import LogdArchive

/// What came out of a run of kills.
struct CrashResult: Encodable {
  let seed: UInt64
  let isSupervised: Bool
  let longLived: Int
  var kills = 0
  var renames = 0
  /// Archives that were read to their end.
  var rotations = 0
  var timesFull = 0
  var files = 0
  /// From the kill to the next byte in the file.
  var gaps = Histogram()
  var longestCallNs: UInt64 = 0
  /// Producers that ended before the run did, and those of them that were killed.
  var ended = 0
  var killed = 0
  /// Log calls that returned, of producers that had their ring.
  var logged = 0
  var written = 0
  var dropped = 0
  /// Of those that were never seen to have a ring when they ended, and how many of these are in the file.
  var loggedUnattached = 0
  var writtenUnattached = 0
  /// What producers have said at their end that no daemon took.
  var undelivered = 0
  var lost = 0
  /// Without a supervisor: of producers that ended while their daemon was dead, or died with it.
  var lostOfEnded = 0
  var surplus = 0
  var doubled = 0
  var disordered = 0
  var torn = 0
  var firstTorn: String?
  /// The first producer that lacks something.
  var firstLost: String?
  var bytes = 0
  var lines = 0

  init(_ command: Crash, seed: UInt64) {
    self.seed = seed
    isSupervised = command.supervise
    longLived = command.producers
  }

  mutating func take(_ findings: Findings) {
    doubled = findings.doubled
    disordered = findings.disordered
    torn = findings.torn
    firstTorn = findings.firstTorn
    bytes = findings.bytes
    lines = findings.lines
  }

  /// The account of one producer.
  mutating func take(_ member: Population.Member, _ tally: borrowing Tally, _ found: SequenceSet) {
    let returned = Int(tally[member.number, .returned])
    longestCallNs = max(longestCallNs, tally[member.number, .longestNs])
    dropped += Int(tally[member.number, .dropped])
    if !member.isLongLived || member.wasKilled { ended += 1 }
    if member.wasKilled { killed += 1 }
    // The last record of one that was killed may be published while its call has not returned.
    let surplus = found.end - returned - (member.wasKilled ? 1 : 0)
    self.surplus += max(0, surplus)
    guard tally[member.number, .attached] == 1 else {
      loggedUnattached += returned
      writtenUnattached += found.count
      return
    }
    logged += returned
    written += found.count
    let undelivered = Int(tally[member.number, .undelivered])
    self.undelivered += undelivered
    let given = Int(tally[member.number, .dropped]) + (isSupervised ? 0 : undelivered)
    let lacking = max(0, returned - given - found.count(below: returned))
    guard lacking > 0 else { return }
    if !isSupervised, !member.isLongLived || member.wasKilled {
      lostOfEnded += lacking
    } else {
      lost += lacking
      firstLost = firstLost ?? describe(member, returned, found)
    }
  }

  private func describe(
    _ member: Population.Member, _ returned: Int, _ found: SequenceSet
  ) -> String {
    "producer \(member.number) (pid \(member.child.pid), "
      + "\(member.wasKilled ? "killed" : member.ending.rawValue)) has \(found.count) of \(returned) "
      + "records, the last is number \(found.end - 1)"
  }

  /// Whether every record that should be there is there, whole, once, in order.
  var isSound: Bool {
    lost == 0 && doubled == 0 && disordered == 0 && torn == 0 && surplus == 0
      && (!isSupervised || undelivered == 0)
  }

  var text: String {
    var table = Table(["", ""])
    for (name, value) in rows { table.add([name, value]) }
    return table.text + [firstLost, firstTorn].compactMap(\.self).map { $0 + "\n" }.joined()
  }

  private var rows: [(String, String)] {
    func duration(_ nanoseconds: UInt64) -> String { Percentiles.duration(nanoseconds) }
    let gap = Percentiles(gaps)
    return [
      ("seed", "\(seed)"),
      ("kills of the daemon", "\(kills), \(isSupervised ? "supervised" : "plain restarts")"),
      ("rotations, renames, times full", "\(rotations), \(renames), \(timesFull)"),
      (
        "kill to next byte",
        "p50 \(duration(gap.p50)), p99 \(duration(gap.p99)), "
          + "max \(duration(gap.max))"
      ),
      ("longest log call", duration(longestCallNs)),
      ("producers", "\(longLived) long-lived, \(ended) ended, \(killed) of them killed"),
      ("lines, MB, files", "\(lines), \(bytes / 1_000_000), \(files)"),
      (
        "records of attached",
        "\(logged) logged, \(written) written, \(dropped) dropped, "
          + "\(undelivered) said to be undelivered"
      ),
      ("never attached", "\(loggedUnattached) logged, \(writtenUnattached) written"),
      ("lost of those that ended", "\(lostOfEnded)"),
      ("lost", "\(lost)"), ("doubled", "\(doubled)"), ("out of order", "\(disordered)"),
      ("torn", "\(torn)"), ("surplus", "\(surplus)"),
    ]
  }

  enum CodingKeys: String, CodingKey {
    case seed, kills, rotations, renames, timesFull, files, gaps, longestCallNs, ended, killed,
      logged,
      written,
      dropped, loggedUnattached, writtenUnattached, undelivered, lost, lostOfEnded, surplus,
      doubled,
      disordered, torn, firstTorn, firstLost, bytes, lines, isSound
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Percentiles(gaps), forKey: .gaps)
    try values.encodeIfPresent(firstTorn, forKey: .firstTorn)
    try values.encodeIfPresent(firstLost, forKey: .firstLost)
    try values.encode(isSound, forKey: .isSound)
    try values.encode(seed, forKey: .seed)
    try values.encode(longestCallNs, forKey: .longestCallNs)
    for (key, count) in counts { try values.encode(count, forKey: key) }
  }

  private var counts: [(CodingKeys, Int)] {
    [
      (.kills, kills), (.rotations, rotations), (.renames, renames), (.timesFull, timesFull),
      (.files, files),
      (.ended, ended), (.killed, killed), (.logged, logged), (.written, written),
      (.dropped, dropped), (.loggedUnattached, loggedUnattached),
      (.writtenUnattached, writtenUnattached), (.undelivered, undelivered), (.lost, lost),
      (.lostOfEnded, lostOfEnded), (.surplus, surplus), (.doubled, doubled),
      (.disordered, disordered), (.torn, torn), (.bytes, bytes), (.lines, lines),
    ]
  }
}
