import Glibc
import Testing

@testable import LogdServer

/// The clock of the place is the environment's TZ, of which a process has one: one test at a time.
@Suite(.serialized) struct `When a file is full of time` {
  private static func seconds(_ text: String) -> Int64 {
    guard let seconds = Timestamp.seconds(compact: text[...]) else { fatalError(text) }
    return seconds
  }

  /// Of a file that was begun at `start`, at each of those times.
  private func isDue(
    _ period: Configuration.RotationPeriod, from start: Int64, _ times: [Int64]
  ) -> [Bool] {
    var schedule = RotationSchedule(period, begun: start, now: start)
    return times.map { schedule.isDue($0) }
  }

  @Test(arguments: [
    ("UTC", Configuration.RotationPeriod.day, "20261121T235959Z", "20261122T000000Z"),
    ("UTC", .hour, "20261121T235959Z", "20261122T000000Z"),
    ("UTC", .hour, "20261121T230000Z", "20261122T000000Z"),
    ("UTC", .week, "20261121T120000Z", "20261123T000000Z"),  // a Saturday
    ("UTC", .week, "20261123T000000Z", "20261130T000000Z"),
    ("UTC", .month, "20261231T120000Z", "20270101T000000Z"),
    ("UTC", .month, "20240131T000000Z", "20240201T000000Z"),
    // 23 hours, then 25.
    ("Europe/Berlin", .day, "20260328T230000Z", "20260329T220000Z"),
    ("Europe/Berlin", .day, "20261024T220000Z", "20261025T230000Z"),
    // The hour that is not there, and the one that comes twice: each is an hour of its own.
    ("Europe/Berlin", .hour, "20260329T003000Z", "20260329T010000Z"),
    ("Europe/Berlin", .hour, "20261025T003000Z", "20261025T010000Z"),
    ("Europe/Berlin", .hour, "20261025T010000Z", "20261025T020000Z"),
    // No midnight: the day begins at one. And a midnight that comes twice.
    ("Asia/Beirut", .day, "20260328T120000Z", "20260328T220000Z"),
    ("America/Havana", .day, "20261031T120000Z", "20261101T040000Z"),
    ("America/Havana", .day, "20261101T040000Z", "20261102T050000Z"),
    // Half an hour, and a quarter more.
    ("Asia/Kolkata", .hour, "20261121T184500Z", "20261121T193000Z"),
    ("Asia/Kathmandu", .hour, "20261121T180000Z", "20261121T181500Z"),
    ("Australia/Lord_Howe", .day, "20261003T120000Z", "20261003T133000Z"),
    // A day that was left out.
    ("Pacific/Apia", .day, "20111229T120000Z", "20111230T100000Z"),
  ])
  func `it is at the turn of the local clock`(
    zone: String, period: Configuration.RotationPeriod, begun: String, turn: String
  ) {
    unsafe setenv("TZ", zone, 1)
    defer { unsafe unsetenv("TZ") }
    let start = Self.seconds(begun)
    let turn = Self.seconds(turn)
    #expect(isDue(period, from: start, [turn - 1, turn]) == [false, true])
  }

  @Test func `without a period it never is`() {
    #expect(isDue(.none, from: 0, [.max - 1]) == [false])
  }

  @Test func `a clock that goes back behind the beginning counts from there`() {
    unsafe setenv("TZ", "UTC", 1)
    defer { unsafe unsetenv("TZ") }
    let future = Self.seconds("20361121T120000Z")
    let times = ["20261121T120000Z", "20261121T235959Z", "20261122T000000Z"].map(Self.seconds)
    #expect(isDue(.day, from: future, times) == [false, false, true])
  }

  @Test func `a file from the future was begun now`() {
    let now = Self.seconds("20261121T120000Z")
    #expect(RotationSchedule(.day, begun: now + 86_400 * 365, now: now).start == now)
  }
}

@Suite struct `Names of archives` {
  private let names = ArchiveNames(logFile: "/var/log/logd/logd.log")

  @Test func `a name is read back as it was given`() throws {
    let closed: Int64 = 1_795_228_860
    for number in [0, 1, 2, 10, 99_999] {
      let name = names.name(closed: closed * 1_000_000_000, number: number)
      for ending in ["", ".gz", ".zst"] {
        let archive = try #require(names.archive(name + ending))
        #expect(archive.closed == closed && archive.number == number)
        #expect(archive.plainName == name && archive.isCompressed == !ending.isEmpty)
      }
    }
    #expect(names.name(closed: closed * 1_000_000_000, number: 0) == "logd-20261121T024100Z.log")
    #expect(names.name(closed: closed * 1_000_000_000, number: 3) == "logd-20261121T024100Z-3.log")
  }

  @Test(arguments: [
    "logd.log", "logd-.log", "logd-20261121T024100Z", "logd-20261121T024100Z.log.bz2",
    "logd-20261121T024100.log", "logd-20261121T024160Z.log", "logd-20261321T024100Z.log",
    "logd-20261121T024100Z-.log", "logd-20261121T024100Z-0.log", "logd-20261121T024100Z-01.log",
    "logd-20261121T024100Z--1.log", "logd-20261121T024100Z-1x.log", "logd-20261121t024100Z.log",
    "alogd-20261121T024100Z.log", ".logd-20261121T024100Z.log", "logd-２０261121T024100Z.log",
    "logd-20261121T024100Z.log.gz.gz", "",
  ])
  func `all else is a foreign file`(name: String) { #expect(names.archive(name) == nil) }

  @Test func `a log file without an ending, one in the root, one of two points`() {
    #expect(ArchiveNames(logFile: "/x/log").archive("log-20261121T024100Z") != nil)
    #expect(ArchiveNames(logFile: "/x/a.b.log").archive("a.b-20261121T024100Z.log") != nil)
    #expect(ArchiveNames(logFile: "/x/.log").archive(".log-20261121T024100Z") != nil)
    #expect(ArchiveNames(logFile: "/logd.log").path("a") == "/a")
  }
}

@Suite struct `Which archives go` {
  private func surplus(
    _ set: (inout Configuration.Rotation) -> Void, now: Int64 = 100_000, free: UInt64 = 1000
  ) -> Int {
    var settings = Configuration.Rotation()
    set(&settings)
    let archives = (0..<10).map { index in
      Retention.Kept(
        archive: ArchiveNames.Archive(
          name: "\(index)", plainName: "\(index)", closed: Int64(index) * 1000, number: 0),
        bytes: 100)
    }
    return Retention(settings: settings).surplus(archives, now: now, freeBytes: free)
  }

  @Test func `each bound by itself, and the strictest of several`() {
    #expect(surplus { _ in } == 0)
    #expect(surplus { $0.keptFiles = 3 } == 7)
    #expect(surplus { $0.keptFiles = 10 } == 0)
    #expect(surplus { $0.keptBytes = 350 } == 7)
    #expect(surplus({ $0.keptNanoseconds = 95_000_000_000_000 }) == 6)
    #expect(surplus { $0.freeBytesMin = 1000 } == 0)
    #expect(surplus { $0.freeBytesMin = 1001 } == 1)
    #expect(surplus { $0.freeBytesMin = 5000 } == 10)
    #expect(surplus { ($0.keptFiles, $0.keptBytes) = (5, 250) } == 8)
  }
}
