import Glibc
import LogdArchive
import LogdClient
import LogdPlatform
import Testing

/// A record that kills whoever reads it, as a mistake in the daemon would: logd with crash points
/// traps on a message that begins with `poison`.
@Suite(.enabled("Tests/run-suites builds logd with crash points") { Program.crashLogdPath != nil })
struct `A record that kills the daemon` {
  @Test func `is not read a third time, and its client goes on behind it`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place, program: .crashLogd)
    let worker = try Worker("worker", place.runtimeDirectory, 100_000)
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    options.overflow = .block
    let log = LogClient(ident: "poisoner", options: options)
    log.info("before")
    try log.flush(timeout: .seconds(10))
    log.info("poison")
    log.info("with it")
    try logd.daemon.wait("quarantine the ring", within: .seconds(20)) {
      try place.records().contains { $0.text.hasPrefix("a ring was quarantined") }
    }
    log.info("after")
    #expect(log.close(timeout: .seconds(10)) == 0)
    worker.finish()
    #expect(worker.undelivered == 0)
    logd.daemon.stop()
    let records = try place.records()
    #expect(records.filter { $0.ident == "poisoner" }.map(\.text) == ["before", "after"])
    let texts = records.filter { $0.ident == "worker" }.map(\.text)
    let isExact = texts == (0..<worker.count).map { "record \($0)" }
    #expect(isExact)
    let said = logd.supervisor.standardError
    let deaths = said.split(separator: "\n").filter { $0.contains("was killed by signal") }
    #expect(deaths.count == 2, "\(said)")
  }
}
