internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Testing

/// `make hostile`: what each attack costs the calls of others. A measurement: prints, and judges nothing
/// but the records.
///
/// An attacker also burns processor time that others would have had without any logd. So each round
/// has three parts: nobody else, somebody who burns as much as the attacker did and never touches logd,
/// the attacker. Rounds alternate, since the machine's pace changes by the minute; medians are compared.
@Suite(.enabled(if: Place.isMeasuring), .serialized) struct `What hostile clients cost others` {
  private static let rounds = 7
  private static let records = 30_000

  @Test(arguments: Attack.all) func `calls`(_ attack: Attack) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      var (quiet, burning, attacked): ([Int], [Int], [Int]) = ([], [], [])
      for _ in 0..<Self.rounds {
        quiet.append(try bystanders(place, daemon).log { _ = clinux_poll(-1, 0, 10) })
        var busy = BusyShare()
        // Started first: no process may be born with the attacker's files, one of which hangs at its exec.
        let others = try bystanders(place, daemon)
        try daemon.wait("let them in") { try place.status().clients.count >= 4 }
        let crime = try attack.begin(place)
        attacked.append(
          try others.log {
            try crime.step()
            busy.look()
          })
        try crime.end()
        var burner = BusyShare()
        burning.append(try bystanders(place, daemon).log { burner.burn(as: busy) })
      }
      let (q, b, a) = (Self.median(quiet), Self.median(burning), Self.median(attacked))
      print(
        "\(attack.name): p99 quiet \(q) ns, beside a burner \(b) ns, attacked \(a) ns:",
        "\(Self.ratio(a, q)) of quiet, \(Self.ratio(a, b)) of the burner;",
        "logd at most \(try daemon.peakBytes() >> 20) MiB; rounds \(quiet) \(burning) \(attacked)")
    }
  }

  private func bystanders(_ place: Place, _ daemon: TestDaemon) throws -> Bystanders {
    try Bystanders(place, daemon, records: Self.records)
  }

  private static func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

  private static func ratio(_ a: Int, _ b: Int) -> Double {
    (Double(a) / Double(max(b, 1)) * 100).rounded() / 100
  }
}

/// Which share of a processor this thread has used since it was made.
private struct BusyShare {
  private let began = Clock.monotonicNanoseconds()
  private let usedBefore = Self.used
  private(set) var share = 0.0

  private static var used: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  mutating func look() {
    let elapsed = Clock.monotonicNanoseconds() - began
    share = Double(Self.used - usedBefore) / Double(max(elapsed, 1))
  }

  /// A millisecond of work, or of rest where the share of the other is reached.
  mutating func burn(as other: BusyShare) {
    look()
    if share >= other.share {
      _ = clinux_poll(-1, 0, 1)
      return
    }
    let start = Self.used
    while Self.used - start < 1_000_000 {}
  }
}

extension Place {
  static var isMeasuring: Bool { unsafe getenv("LOGD_TESTS_MEASURE") != nil }
}
