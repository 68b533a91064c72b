internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The producers of a crash run: those that live as long as it, and a stream of those that do not.
struct Population: ~Copyable {
  /// What became of one.
  struct Member {
    let number: Int
    let child: Child
    let isLongLived: Bool
    let ending: CrashProducer.Ending
    /// It was sent a -9, which may have come too late.
    var isDoomed = false
    /// It was killed with -9: its last call may or may not have come through.
    var wasKilled = false
  }

  let tally: Tally
  private let tallyPath: String
  private let runtimeDirectory: String
  private let command: Crash
  private(set) var members: [Member] = []
  private var living: [Int] = []

  init(_ command: Crash, _ place: Place) throws {
    self.command = command
    runtimeDirectory = place.runtimeDirectory
    tallyPath = place.runtimeDirectory + "/tally"
    tally = try Tally(path: tallyPath, producers: BenchMessage.producersMax)
  }

  /// Starts one and has the verifier expect its records.
  mutating func start(
    longLived: Bool, _ random: inout RandomMoments, _ verifier: inout Verifier
  ) throws {
    let number = members.count
    guard number <= BenchMessage.producersMax else { return }
    let records = longLived ? 0 : Int.random(in: 100...500, using: &random)
    let all = CrashProducer.Ending.allCases
    let ending = longLived ? .flush : all[Int.random(in: 0..<all.count, using: &random)]
    let child = try Child.startSelf([
      "crash-produce", "--number", "\(number)", "--path", runtimeDirectory, "--tally", tallyPath,
      "--records", "\(records)", "--ending", ending.rawValue, "--rate",
      "\(longLived ? command.rate : 0)", "--size", "\(command.size)",
    ])
    let expected = verifier.expect(pid: child.pid)
    precondition(expected == number, "both count from 0")
    living.append(number)
    members.append(Member(number: number, child: child, isLongLived: longLived, ending: ending))
  }

  /// Collects those that have ended, and starts others in the place of short-lived ones.
  mutating func renew(_ random: inout RandomMoments, _ verifier: inout Verifier) throws {
    try collect()
    while living.count(where: { !members[$0].isLongLived }) < command.shortLived,
      members.count <= BenchMessage.producersMax
    {
      try start(longLived: false, &random, &verifier)
    }
  }

  private mutating func collect() throws {
    for number in living {
      guard let end = members[number].child.endIfEnded() else { continue }
      living.removeAll { $0 == number }
      members[number].wasKilled = members[number].isDoomed && end.code == 128 + SIGKILL
      guard end.code == 0 || members[number].wasKilled else {
        throw Failure("producer \(number) ended with code \(end.code)")
      }
    }
  }

  /// Kills one of each kind, and starts another long-lived one.
  mutating func killSome(_ random: inout RandomMoments, _ verifier: inout Verifier) throws {
    for longLived in [true, false] {
      let candidates = living.filter {
        members[$0].isLongLived == longLived && !members[$0].isDoomed
      }
      guard let number = candidates.randomElement(using: &random),
        members.count <= BenchMessage.producersMax
      else { continue }
      members[number].isDoomed = true
      members[number].child.send(SIGKILL)
      if longLived { try start(longLived: true, &random, &verifier) }
    }
  }

  /// Lets all come to their end, and waits.
  mutating func finish() throws {
    tally[.pause] = false
    tally[.stop] = true
    let deadline = clinux_monotonic_ns() + 120_000_000_000
    while !living.isEmpty {
      try collect()
      try Interruption.check()
      guard clinux_monotonic_ns() < deadline else { throw Failure("producers do not end") }
      _ = clinux_poll(-1, 0, 2)
    }
  }

  /// Ends all in any state.
  mutating func end() {
    for number in living {
      members[number].child.send(SIGKILL)
      _ = members[number].child.wait()
    }
    living = []
  }
}
