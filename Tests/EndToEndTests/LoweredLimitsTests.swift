import Glibc
import LogdArchive
import LogdClient
import LogdPlatform
import Testing

@Suite struct `Limits that are lowered` {
  /// The configuration of each daemon from the second on grants less than the client has.
  @Test func `hold for those who come, and not for those who were granted more`() throws {
    let place = try Place()
    let config = place.file("logd.toml")
    try place.write("[limits]\nrecord_max = \"64KiB\"", to: "logd.toml")
    let logd = try SupervisedDaemon(place, ["--config", config])
    func client(_ ident: String) -> LogClient {
      var options = LogClientOptions()
      options.runtimeDirectory = place.runtimeDirectory
      options.overflow = .block
      return LogClient(ident: ident, options: options)
    }
    let large = String(repeating: "x", count: 40_000)
    let first = client("first")
    first.info("\(large)0")
    try first.flush(timeout: .seconds(20))

    try place.write("[limits]\nrecord_max = \"1KiB\"", to: "logd.toml")
    for number in 1...3 {
      try logd.killChild()
      first.info("\(large)\(number)")
      try first.flush(timeout: .seconds(20))
    }
    let second = client("second")
    second.info(large)
    #expect(second.close(timeout: .seconds(20)) == 0)
    #expect(first.close(timeout: .seconds(20)) == 0)
    logd.daemon.stop()
    let records = try place.records()
    let kept = records.filter { $0.ident == "first" }.map(\.text)
    #expect(kept.map(\.count) == Array(repeating: 40_001, count: 4))
    #expect(kept.compactMap(\.last) == ["0", "1", "2", "3"])
    let cut = try #require(records.first { $0.ident == "second" })
    #expect(cut.message.count < 1024 && cut.fields.contains { $0.key == Array("_cut".utf8) })
  }
}
