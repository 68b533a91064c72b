internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// The promises that need the daemon and several processes.
@Suite struct `Promises` {
  private func options(_ place: Place, _ overflow: LogClientOptions.Overflow) -> LogClientOptions {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    options.overflow = overflow
    return options
  }

  /// P7: nothing reads the rings while the daemon is stopped, so they fill.
  @Test func `with drop, sent is written and dropped, and the records in the file say so`() throws {
    let place = try Place()
    let sent = 100_000
    var dropped = 0
    try withDaemon(in: place) { daemon in
      let log = LogClient(ident: "dropper", options: options(place, .drop))
      log.info("attached")
      try log.flush(timeout: .seconds(5))
      daemon.process.pause()
      for number in 0..<sent { log.info("record", [.int("n", number)]) }
      daemon.process.resume()
      #expect(log.close(timeout: .seconds(10)) == 0)
      dropped = Int(log.dropped)
    }
    let records = try place.records()
    let written = records.filter { $0.ident == "dropper" && $0.text == "record" }.count
    let counts = records.filter { $0.text == "records were dropped" }.compactMap {
      if case .integer(let count) = $0.value("count") { Int(count) } else { nil }
    }
    #expect(dropped > 0)
    #expect(written + dropped == sent)
    #expect(counts.reduce(0, +) == dropped)
  }

  /// The worst of them is the machine's: a thread that is due may have to wait for a processor.
  @Test func `with a timeout no call takes longer`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let limit = Duration.milliseconds(50)
      let log = LogClient(ident: "waiter", options: options(place, .block(upTo: limit)))
      log.info("attached")
      try log.flush(timeout: .seconds(5))
      daemon.process.pause()
      var waits: [Duration] = []
      while log.dropped < 20 {
        let took = ContinuousClock().measure { log.info("record") }
        if took > limit / 2 { waits.append(took) }
      }
      daemon.process.resume()
      waits.sort()
      #expect(waits.count >= 20)
      #expect(waits[waits.count / 2] < limit)
      #expect(waits[waits.count - 1] < limit * 3)
      print(
        "calls with a timeout of \(limit): median \(waits[waits.count / 2]), longest \(waits[waits.count - 1])"
      )
    }
  }

  /// P9.
  @Test(arguments: [false, true])
  func `what was logged before a flush is in the file when it returns`(durable: Bool) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let log = LogClient(ident: "flusher", options: options(place, .block))
      for number in 0..<200 {
        log.info("record", [.int("n", number)])
        try log.flush(timeout: .seconds(10), durable: durable)
        #expect(try place.records().last?.value("n") == .integer(Int64(number)))
      }
    }
  }

  @Test func `a flush that cannot finish says how many records remain`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let log = LogClient(ident: "flusher", options: options(place, .block))
      log.info("attached")
      try log.flush(timeout: .seconds(5))
      daemon.process.pause()
      for _ in 0..<17 { log.info("record") }
      #expect(throws: FlushError.timedOut(remaining: 17)) {
        try log.flush(timeout: .milliseconds(50))
      }
      daemon.process.resume()
    }
  }

  /// Each of its processes logs too seldom for that alone.
  @Test(arguments: [(10, 100), (32, 31)])
  func `a pool at a leisurely pace has the writer woken once for several records`(
    _ producers: Int, _ rate: Int
  ) throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let run = try place.run(
        .logbench,
        [
          "load", "--runtime-dir", place.runtimeDirectory, "--log-file", place.logFile,
          "--producers", "\(producers)", "--records", "\(3 * rate)", "--rate", "\(rate)",
          "--warmup", "0",
        ], within: .seconds(60))
      #expect(run.ending == .exited(0), "\(run.errors)")
      let status = try place.status()
      #expect(status.records_written >= UInt64(3 * rate * producers))
      #expect(status.wakeups < status.records_written / 4)
    }
  }

  /// P4 for those who live: the daemon is killed again and again, without a supervisor.
  @Test func `kill -9 of the daemon loses and doubles nothing of living clients`() throws {
    let place = try Place()
    let workers = 4
    var logged: [Int] = []
    var daemon = try TestDaemon(place)
    let pool = try (0..<workers).map { try Worker("worker\($0)", place.runtimeDirectory) }
    for _ in 0..<25 {
      let size = try FileStatus(of: place.logFile, followingLinks: true).bytes
      try daemon.wait("write") {
        try FileStatus(of: place.logFile, followingLinks: true).bytes > size + 4_000_000
      }
      daemon.process.kill()
      daemon = try TestDaemon(place)
    }
    for worker in pool { worker.finish() }
    logged = pool.map(\.count)
    #expect(pool.allSatisfy { $0.undelivered == 0 })
    daemon.stop()
    var next = [Int](repeating: 0, count: workers)
    for record in try place.records() where record.ident.hasPrefix("worker") {
      let worker = try #require(Int(record.ident.dropFirst(6)))
      guard record.text == "record \(next[worker])" else {
        Issue.record("\(record.ident): \(record.text) instead of record \(next[worker])")
        return
      }
      next[worker] += 1
    }
    #expect(next == logged)
  }
}
