internal import FoundationEssentials
internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// P12: rotation loses nothing.
@Suite struct `Rotation` {
  private func client(_ place: Place) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    return LogClient(ident: "worker", options: options)
  }

  @Test func `by size under load: every record is in one of the files, once and in order`() throws {
    let place = try Place()
    var pool: [Worker] = []
    try withDaemon(in: place, ["--set", "file.max_size=256KiB"]) { daemon in
      pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("rotate twenty times", within: .seconds(30)) {
        try place.archives().count >= 20
      }
      for worker in pool { worker.finish() }
      let status = try place.status()
      #expect(status.isBalanced)
      #expect(status.file.rotations >= 20)
    }
    try place.expectAllFiles(of: pool)
    for name in try place.archives() {
      #expect(try FileStatus(of: place.file(name)).bytes >= 256 << 10, "\(name)")
    }
  }

  @Test func `logctl rotate under load names the archive, to which nothing more is written`() throws
  {
    let place = try Place()
    var pool: [Worker] = []
    try withDaemon(in: place) { daemon in
      pool = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
      defer { for worker in pool { worker.finish() } }
      for round in 1...5 {
        try daemon.wait("write") {
          try unsafe access(place.logFile, F_OK) == 0 && place.hasRecord(of: "worker0")
        }
        let rotate = try place.run(.logctl, ["rotate"])
        #expect(rotate.ending == .exited(0), "\(rotate.errors)")
        let archive = String(rotate.output.dropLast())
        #expect(try place.archives().map(place.file).contains(archive))
        let bytes = try FileStatus(of: archive).bytes
        let next = try FileStatus(of: place.logFile).bytes
        try daemon.wait("write on") { try FileStatus(of: place.logFile).bytes > next + 100_000 }
        #expect(try FileStatus(of: archive).bytes == bytes, "round \(round)")
      }
    }
    try place.expectAllFiles(of: pool)
  }

  /// Each opens the file that a rotation has just made, or is about to rename.
  @Test func `reloads while it rotates: both go on, and every record is in one of the files`()
    throws
  {
    let place = try Place()
    var pool: [Worker] = []
    try withDaemon(in: place, ["--set", "file.max_size=64KiB"]) { daemon in
      pool = try (0..<2).map {
        try Worker("worker\($0)", place.runtimeDirectory, pauseMicroseconds: 50)
      }
      defer { for worker in pool { worker.finish() } }
      try daemon.wait("rotate 100 times", within: .seconds(60)) {
        daemon.process.send(SIGHUP)
        return try place.archives().count >= 100
      }
      for worker in pool { worker.finish() }
    }
    try place.expectAllFiles(of: pool)
  }

  @Test func `SIGUSR1 rotates, an empty file stays`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      client(place).info("one")
      try daemon.wait("write") { try place.hasRecord(of: "worker") }
      daemon.process.send(SIGUSR1)
      try daemon.wait("rotate") { try place.archives().count == 1 }
      try daemon.wait("begin a file") { try place.status().file.bytes == 0 }
      let again = try place.run(.logctl, ["rotate"])
      #expect(again.ending == .exited(1))
      #expect(again.errors == "logctl: the log file is empty, it stays\n")
      #expect(try place.archives().count == 1)
    }
  }

  @Test func `archives of one second get a number, and nothing is overwritten`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = client(place)
      for round in 0..<30 {
        log.info("round \(round)")
        try log.flush()
        #expect(try place.run(.logctl, ["rotate"]).ending == .exited(0))
      }
    }
    #expect(try place.archives().count == 30)
    let texts = try place.recordsOfAll().filter { $0.ident == "worker" }.map(\.text)
    #expect(texts == (0..<30).map { "round \($0)" })
  }

  @Test func `where no archive can be made the file is written on, and it is tried again`() throws {
    let place = try Place()
    try #require(unsafe mkdir(place.file("sub"), 0o755) == 0)
    place.logFile = place.file("sub") + "/logd.log"
    #expect(unsafe symlink("elsewhere.log", place.logFile) == 0)
    var pool: [Worker] = []
    try withDaemon(in: place, ["--set", "file.max_size=64KiB"]) { daemon in
      pool = [try Worker("worker0", place.runtimeDirectory)]
      defer { pool[0].finish() }
      try daemon.wait("say that it cannot") {
        try place.text(of: place.logFile).contains("cannot rotate the log file, writing on to it")
      }
      let rotate = try place.run(.logctl, ["rotate"])
      #expect(rotate.ending == .exited(74))
      #expect(rotate.errors.contains("cannot rotate \(place.logFile): Too many levels of symbolic"))
      pool[0].finish()
    }
    let texts = try place.records().filter { $0.ident == "worker0" }.map(\.text)
    let isExact = texts == (0..<pool[0].count).map { "record \($0)" }
    #expect(isExact)
  }

  @Test func `retention removes the oldest archives, and nothing else`() throws {
    let place = try Place()
    let foreign = [
      "logd-20200101T000000Z.log.bak", "logd-20200101T0000Z.log", "logd-20200101T000000Z.txt",
      "other-20200101T000000Z.log", "logd-20200101T000000Z-01.log", "logd-2020.log",
      "logd-20201301T000000Z.log", "xlogd-20200101T000000Z.log",
    ]
    for name in foreign { try place.write("foreign\n", to: name) }
    let link = place.file("logd-20200101T000001Z.log")
    #expect(unsafe symlink(place.file(foreign[0]), link) == 0)
    #expect(unsafe mkdir(place.file("logd-20200101T000002Z.log"), 0o755) == 0)
    let isRoot = geteuid() == 0
    if isRoot {
      try place.write("another's\n", to: "logd-20200101T000003Z.log")
      #expect(unsafe chown(place.file("logd-20200101T000003Z.log"), 1, 1) == 0)
    }
    for second in 10..<20 { try place.write("old\n", to: "logd-20200101T0000\(second)Z.log") }
    try withDaemon(in: place, ["--set", "file.keep_files=3"]) { daemon in
      try daemon.wait("remove archives") {
        try place.archives().filter { $0.hasPrefix("logd-20200101T00001") }.count == 3
      }
      let log = client(place)
      for round in 0..<5 {
        log.info("round \(round)")
        try log.flush()
        #expect(try place.run(.logctl, ["rotate"]).ending == .exited(0))
      }
      try daemon.wait("remove the older ones") {
        try place.archives().filter { !$0.contains("-2020") }.count == 3
      }
      #expect(try !place.archives().contains { $0.hasPrefix("logd-20200101T00001") })
    }
    let names = Set(try Directory.names(in: place.directory))
    for name in foreign { #expect(names.contains(name), "\(name)") }
    #expect(names.contains("logd-20200101T000001Z.log") && names.contains("logd.log"))
    #expect(names.contains("logd-20200101T000002Z.log"))
    if isRoot { #expect(names.contains("logd-20200101T000003Z.log")) }
    let own = try place.archives().filter { !$0.contains("-2020") }
    let texts = try own.flatMap { try place.records(of: place.file($0)) }
      .filter { $0.ident == "worker" }.map(\.text)
    #expect(texts == ["round 2", "round 3", "round 4"])
  }

  @Test func `keep_bytes and keep_age bound the archives, also those of earlier daemons`() throws {
    let place = try Place()
    for second in 10..<20 {
      try place.write(
        String(repeating: "x", count: 9_999) + "\n", to: "logd-20200101T0000\(second)Z.log")
    }
    try withDaemon(in: place, ["--set", "file.keep_bytes=44KiB"]) { daemon in
      try daemon.wait("remove archives") { try place.archives().count == 4 }
      #expect(try place.archives()[0] == "logd-20200101T000016Z.log")
    }
    try withDaemon(in: place, ["--set", "file.keep_age=1h"]) { daemon in
      try daemon.wait("remove archives") { try place.archives().isEmpty }
    }
  }

  /// The wall clock of the daemon alone, by libfaketime: the machine's is not ours to set.
  @Test func `by time, with a clock that jumps forward, back, and over both changes of the hour`()
    throws
  {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    try #require(unsafe access(library, R_OK) == 0, "make test installs the package faketime")
    let place = try Place()
    try place.write("@2026-03-28 12:00:00", to: "clock")
    let environment = [
      "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": place.file("clock"),
      "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "Europe/Berlin",
    ]
    var logged = 0
    try withDaemon(in: place, ["--set", "file.rotate_every=day"], environment: environment) {
      daemon in
      let log = client(place)
      /// The clock is set, then two records come; how many archives there are then.
      func archives(at time: String, expecting count: Int) throws {
        try place.write("@\(time)", to: "clock")
        for _ in 0..<2 {
          log.info("record \(logged)")
          logged += 1
          try log.flush()
        }
        // Done with the rotation too: the next change of the clock must not come into the middle of it.
        try daemon.wait("have \(count) archives at \(time)") {
          try place.archives().count == count && place.status().file.rotations == count
        }
      }
      try archives(at: "2026-03-28 23:59:50", expecting: 0)
      // Over midnight into the night that lacks an hour.
      try archives(at: "2026-03-29 00:00:10", expecting: 1)
      try archives(at: "2026-03-29 23:59:50", expecting: 1)
      try archives(at: "2026-03-30 00:00:10", expecting: 2)
      // Back by ten years, and on from there.
      try archives(at: "2016-05-05 12:00:00", expecting: 2)
      try archives(at: "2016-05-06 00:00:01", expecting: 3)
      // Into the day that has 25 hours.
      try archives(at: "2026-10-25 00:00:10", expecting: 4)
      try archives(at: "2026-10-25 23:59:50", expecting: 4)
      try archives(at: "2026-10-26 00:00:10", expecting: 5)
    }
    let texts = try (place.archives() + ["logd.log"]).flatMap {
      try place.records(of: place.file($0))
    }.filter { $0.ident == "worker" }.map(\.text)
    #expect(Set(texts) == Set((0..<logged).map { "record \($0)" }))
    #expect(texts.count == logged)
  }

  @Test(arguments: ["gzip", "zstd"])
  func `archives are compressed, and read back without loss`(compression: String) throws {
    let place = try Place()
    let ending = compression == "gzip" ? ".gz" : ".zst"
    var worker: Worker?
    let options = ["--set", "file.compress=\(compression)", "--set", "file.mode=0604"]
    try withDaemon(in: place, options) { daemon in
      let logging = try Worker("worker", place.runtimeDirectory)
      worker = logging
      defer { logging.finish() }
      for _ in 0..<3 {
        try daemon.wait("write") { try FileStatus(of: place.logFile).bytes > 300_000 }
        #expect(try place.run(.logctl, ["rotate"]).ending == .exited(0))
      }
      logging.finish()
      try daemon.wait("compress") { try place.archives().allSatisfy { $0.hasSuffix(ending) } }
    }
    for name in try place.archives() {
      #expect(try FileStatus(of: place.file(name)).mode == 0o604)
    }
    #expect(try place.archives().count == 3)
    try expectQuery(finds: try #require(worker), place)
  }

  /// `logctl query` reads archives by what they are.
  private func expectQuery(finds worker: Worker, _ place: Place) throws {
    let files = try place.archives().map(place.file) + [place.logFile]
    let query = try place.run(
      .logctl, ["query"] + files + ["--ident", worker.ident], within: .seconds(60))
    #expect(query.ending == .exited(0), "\(query.errors)")
    let texts = query.output.split(separator: "\n").map { $0.split(separator: "]: ")[1] }
    let isExact = texts.elementsEqual((0..<worker.count).map { "record \($0)" })
    #expect(isExact, "\(texts.count) of \(worker.count)")
  }

  @Test(
    .enabled("Tests/run-suites builds logd with crash points") { Program.crashLogdPath != nil },
    arguments: ["in-compress", "after-compress"], ["gzip", "zstd"])
  func `a daemon that dies while it compresses loses and doubles nothing`(
    point: String, compression: String
  ) throws {
    let place = try Place()
    let worker = try Worker("worker", place.runtimeDirectory)
    defer { worker.finish() }
    let options = ["--set", "file.compress=\(compression)", "--set", "file.max_size=512KiB"]
    for _ in 0..<2 {
      let daemon = try TestDaemon(
        place, options, environment: ["LOGD_CRASH_AT": "\(point):0"], program: .crashLogd)
      #expect(daemon.process.ending(within: .seconds(20)) == .killed(SIGKILL))
    }
    try withDaemon(in: place, options) { daemon in
      worker.finish()
      try daemon.wait("compress", within: .seconds(30)) {
        try place.archives().allSatisfy { !$0.hasSuffix(".log") }
          && !Directory.names(in: place.directory).contains { $0.hasSuffix(".new") }
      }
    }
    #expect(try !place.archives().isEmpty)
    try expectQuery(finds: worker, place)
  }

  @Test func `a compressed file that is not the archive's keeps both untouched`() throws {
    let place = try Place()
    let name = "logd-20200101T000000Z.log"
    try place.write("one\n", to: name)
    try place.write("this is not gzip and says another size\n", to: name + ".gz")
    try place.write("two\n", to: "logd-20200101T000001Z.log")
    try withDaemon(in: place, ["--set", "file.compress=gzip"]) { daemon in
      try daemon.wait("compress the other") {
        try place.archives() == [name, name + ".gz", "logd-20200101T000001Z.log.gz"]
          || place.archives() == [name + ".gz", name, "logd-20200101T000001Z.log.gz"]
      }
    }
    #expect(try place.text(of: place.file(name)) == "one\n")
  }
}
