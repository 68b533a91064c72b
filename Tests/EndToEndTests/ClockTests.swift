internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import Testing

/// P2: order across producers, and clocks that jump.
@Suite struct `Order and clocks` {
  /// Sixteen producers, flat out. A line that stands behind a later one is one that the daemon
  /// counted as late; those of the same microsecond cannot be told apart in the file.
  @Test(arguments: ["2ms", "0ms"])
  func `what is out of order in the file is counted as late`(window: String) throws {
    let place = try Place()
    var late: UInt64 = 0
    try withDaemon(in: place, ["--set", "order.window=\(window)"]) { _ in
      let pool = try (0..<16).map { try Worker("worker\($0)", place.runtimeDirectory, 20_000) }
      for worker in pool { worker.finish() }
      late = try place.status().records_late
    }
    var greatest = Int64.min
    var behind: UInt64 = 0
    var equal: UInt64 = 0
    for record in try place.records() where record.ident != "logd" {
      if record.time < greatest { behind += 1 } else if record.time == greatest { equal += 1 }
      greatest = max(greatest, record.time)
    }
    #expect(behind <= late)
    #expect(late <= behind + equal)
  }

  /// One record every two milliseconds from each: nobody is later than the window but who was
  /// held up on the way for so long, which half a second is on no machine that works at all.
  @Test func `at a pace that leaves room the file is in time order`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "order.window=500ms"]) { daemon in
      let run = try place.run(
        .logbench,
        [
          "load", "--runtime-dir", place.runtimeDirectory, "--log-file", place.logFile,
          "--producers", "16", "--records", "1000", "--rate", "500", "--warmup", "0",
        ], within: .seconds(60))
      #expect(run.ending == .exited(0), "\(run.errors)")
      #expect(try place.status().records_late == 0)
    }
    let times = try place.records().filter { $0.ident != "logd" }.map(\.time)
    #expect(times.count == 16_000)
    let isSorted = times == times.sorted()  // not in the macro, which would print them all
    #expect(isSorted)
  }

  /// The wall clock of the daemon alone, by libfaketime: the machine's is not ours to set.
  @Test func `the wall clock set back by an hour: nothing waits, nothing is lost`() throws {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    try #require(unsafe access(library, R_OK) == 0, "make test installs the package faketime")
    let place = try Place()
    try place.write("+0", to: "offset")
    let environment = [
      "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": place.file("offset"),
      "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
    try withDaemon(in: place, environment: environment) { _ in
      var options = LogClientOptions()
      options.runtimeDirectory = place.runtimeDirectory
      let log = LogClient(ident: "worker", options: options)
      for number in 0..<1000 {
        if number == 500 { try place.write("-3600", to: "offset") }
        log.info("record \(number)")
        try log.flush(timeout: .seconds(1))
      }
    }
    let records = try place.records().filter { $0.ident == "worker" }
    try #require(records.map(\.text) == (0..<1000).map { "record \($0)" })
    let jump = records[0].time - records[999].time
    #expect(jump > 3_500_000_000_000 && jump < 3_600_000_000_000)
    #expect(records.allSatisfy { $0.value("_stamp", fromDaemon: true) == nil })
  }

  @Test(.enabled(if: getuid() == 0, "a time namespace needs root"))
  func `a client in a time namespace is shown with the daemon's time`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let arguments = ["--time", "--monotonic", "1000000", "--fork", Program.clientStress.path]
      let run = try place.run(.unshare, arguments + [place.runtimeDirectory, "allocations", "10"])
      #expect(run.ending == .exited(0), "\(run.errors)")
    }
    let now = Clock.realtimeNanoseconds()
    let records = try place.records().filter { $0.ident == "stress" }
    #expect(!records.isEmpty)
    for record in records {
      #expect(abs(record.time - now) < 60_000_000_000)
      #expect(record.value("_stamp", fromDaemon: true) == nil)
    }
  }
}
