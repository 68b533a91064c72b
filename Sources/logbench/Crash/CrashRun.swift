internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform

/// One run of `crash`: load, kills, and the check of the file, which goes on all the time.
///
/// Limits: the file is never more than `--ahead` beyond what was checked, because then the
/// producers wait until the check has caught up; 9,999 producers; a bit of memory for each record.
struct CrashRun: ~Copyable {
  private let command: Crash
  private let progress: Progress
  private let disk: FullDisk?
  private var daemon: KilledDaemon
  private var people: Population
  private var verifier: Verifier
  private let chain: any WrittenFiles
  private var random: RandomMoments
  private var result: CrashResult

  init(_ command: Crash, _ place: Place, _ progress: Progress) throws {
    let seed = command.seed ?? UInt64.random(in: 0...999_999_999)
    progress.say("seed \(seed)")
    // Room for what may be ahead, twice, and for what stays behind the check.
    let room = (command.ahead * 2 + 64) << 20
    let disk = command.enospc ? try FullDisk(place.directory, bytes: room) : nil
    let logFile = place.file("logd.log")
    let expected = ExpectedLine(
      command.daemon.logFormat, try Workload.ofSize(command.size), uid: getuid())
    let people = try Population(command, place)
    let daemon = try KilledDaemon(
      command.daemon, place: place, logFile: logFile, isSupervised: command.supervise)
    let chain: any WrittenFiles
    do {
      chain = command.rotate ? try ArchiveChain(path: logFile) : try FileChain(path: logFile)
    } catch {
      daemon.end()
      throw error
    }
    self.command = command
    self.progress = progress
    self.disk = disk
    self.daemon = daemon
    self.people = people
    self.chain = chain
    verifier = Verifier(expected, pids: [], sequences: .max)
    random = RandomMoments(seed: seed)
    result = CrashResult(command, seed: seed)
  }

  mutating func run() throws -> CrashResult {
    defer { disk?.unmount() }
    do {
      try measure()
    } catch {
      disk?.free()
      people.end()
      daemon.end()
      throw error
    }
    return result
  }

  private mutating func measure() throws {
    for _ in 0..<command.producers { try people.start(longLived: true, &random, &verifier) }
    for kill in 1...command.kills {
      try live(forNanoseconds: nextPause())
      if let disk, kill % 5 == 0 { try fill(disk) }
      try killOnce()
      if kill % max(1, command.kills / 20) > 0 { continue }
      progress.say("\(kill) of \(command.kills) kills, \(verifier.soFar.lines) lines checked")
    }
    try people.finish()
    try daemon.stop()
    try chain.readLast(with: &verifier)
    account()
  }

  private mutating func nextPause() -> UInt64 {
    let range = UInt64(command.pause[0]) * 1_000_000...UInt64(command.pause[1]) * 1_000_000
    return UInt64.random(in: range, using: &random)
  }

  /// Lets them work for so long. The time in which they wait for the check does not count.
  private mutating func live(forNanoseconds duration: UInt64) throws {
    var left = Int64(duration)
    while left > 0 {
      let before = clinux_monotonic_ns()
      try people.renew(&random, &verifier)
      if command.rotate, Int.random(in: 0..<10, using: &random) == 0 { daemon.rotate() }
      _ = clinux_poll(-1, 0, 2)
      left -= Int64(clinux_monotonic_ns() - before)
      try catchUp()
      try daemon.check()
      try Interruption.check()
    }
  }

  private mutating func catchUp() throws {
    if chain.bytesAhead() > Int64(command.ahead) << 20 { try check() }
  }

  private mutating func check() throws {
    people.tally[.pause] = true
    try chain.read(with: &verifier)
    people.tally[.pause] = false
  }

  /// The file system is full for a while, in which the daemon may die as well.
  private mutating func fill(_ disk: FullDisk) throws {
    try disk.fill()
    result.timesFull += 1
    try live(forNanoseconds: UInt64.random(in: 20...200, using: &random) * 1_000_000)
    if Bool.random(using: &random) {
      _ = try daemon.kill()
      result.kills += 1
      try daemon.restart()
      try live(forNanoseconds: 50_000_000)
    }
    disk.free()
  }

  private mutating func killOnce() throws {
    // What was renamed last is done with, so that there is something to rename.
    if command.rename { try check() }
    // So that some are killed in the middle of a rotation.
    if command.rotate { daemon.rotate() }
    if command.clients { try people.killSome(&random, &verifier) }
    let killed = try daemon.kill()
    let size = chain.bytesWritten()
    result.kills += 1
    if command.rename, Bool.random(using: &random), try chain.rename() { result.renames += 1 }
    try daemon.restart()
    try waitForGrowth(beyond: size)
    result.gaps.record(clinux_monotonic_ns() - killed)
  }

  /// Until the next byte is in the file: producers log all the time, unless they wait for the check.
  private mutating func waitForGrowth(beyond size: Int64) throws {
    let deadline = clinux_monotonic_ns() + 30_000_000_000
    while chain.bytesWritten() <= size {
      guard clinux_monotonic_ns() < deadline else {
        throw Failure("no byte in the file 30 s after a kill")
      }
      try daemon.check()
      try Interruption.check()
      _ = clinux_poll(-1, 0, 1)
    }
  }

  private mutating func account() {
    result.files = chain.filesDone
    result.rotations = chain.archivesDone
    result.take(verifier.soFar)
    for member in people.members {
      result.take(member, people.tally, verifier.found(member.number))
    }
  }
}
