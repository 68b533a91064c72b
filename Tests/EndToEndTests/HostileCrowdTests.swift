internal import Testing

/// P11: whatever a client does without pause, the records of four others that log beside it stay exact,
/// and the daemon's memory bounded. How long their calls take is measured by `make hostile`.
@Suite(.timeLimit(.minutes(5))) struct `Beside hostile clients` {
  /// What the daemon may use at most, resident. Rings are memory of its clients.
  private static let residentBytesMax = 192 << 20
  private static let scale = Place.isLong ? 10 : 1

  @Test(arguments: Attack.all) func `others lose nothing`(_ attack: Attack) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let load = try Bystanders(place, daemon, records: 50_000 * Self.scale)
      try daemon.wait("let them in") { try place.status().clients.count >= 4 }
      let crime = try attack.begin(place)
      try load.log { try crime.step() }
      try crime.end()
      let peak = try daemon.peakBytes()
      #expect(peak < Self.residentBytesMax)
      #expect(crime.count > 0)
      let status = try place.status()
      #expect(status.isBalanced && status.state == "running")
    }
  }
}
