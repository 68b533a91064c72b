internal import LogdArchive
internal import LogdPlatform
internal import Testing

@Suite struct `Allocations of the daemon` {
  /// How often a daemon that took so many records of two producers called malloc.
  private func allocations(records: Int) throws -> Int {
    let place = try Place()
    let environment = [
      "LD_PRELOAD": Program.directory + "/libCountAllocations.so",
      "CALLOCATIONS_FILE": place.file("count"),
    ]
    try withDaemon(in: place, environment: environment) { _ in
      let pool = try (0..<2).map { try Worker("worker\($0)", place.runtimeDirectory, records / 2) }
      for worker in pool { worker.finish() }
      #expect(pool.allSatisfy { $0.undelivered == 0 })
    }
    let text = try place.text(of: place.file("count"))
    return try #require(Int(text.dropLast()))
  }

  /// What differs is how often the producers hang on a full ring, and syncs; not records.
  @Test func `a million records more cost no allocation more`() throws {
    let few = try allocations(records: 1_000_000)
    let many = try allocations(records: 2_000_000)
    #expect(few > 0)
    #expect(abs(many - few) < 1_000, "\(few) and \(many)")
  }
}
