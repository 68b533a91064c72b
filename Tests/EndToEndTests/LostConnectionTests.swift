internal import LogdClient
internal import LogdWire
internal import Testing

/// P4 and P5 for a producer that makes one call and no more.
@Suite struct `Lost connections` {
  /// A machine that is busy may grant later than a call waits, so there is more than one try.
  @Test func `the one record after a daemon came back is in the file without another call`() throws
  {
    let place = try Place()
    var daemon = try TestDaemon(place)
    defer { daemon.process.kill() }
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    let log = LogClient(ident: "single", options: options)
    log.info("first")
    try log.flush()
    var isWritten = false
    for number in 0..<10 where !isWritten {
      daemon.process.kill()
      daemon = try TestDaemon(place)
      log.error("\(number)")
      let deadline = ContinuousClock.now + .seconds(2)
      while !isWritten, ContinuousClock.now < deadline {
        isWritten = try place.records().contains { $0.text == "\(number)" }
      }
    }
    #expect(isWritten)
    #expect(log.close(timeout: .seconds(10)) == 0)
  }

  @Test func `a client whose ring was let go of is told to ring, and so finds out`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try RawClient(place, ident: "living")
      client.publish("last")
      try daemon.wait("sleep") { client.isDrained && client.sleep.wantsBell(severity: 6) }
      let before = client.sleep
      client.hangUp()
      try daemon.wait("let it go") {
        client.sleep.wantsBell(severity: 6) && client.sleep.epoch > before.epoch
      }
    }
  }
}
