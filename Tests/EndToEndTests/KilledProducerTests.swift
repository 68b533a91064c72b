internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

@Suite struct `Killed producers` {
  /// A process that logs 0, 1, 2, … and says in its output how many calls have returned.
  private final class Producer {
    let process: RunningProgram
    private let output: Descriptor

    init(_ place: Place) throws {
      process = try place.start(
        .clientStress, [place.runtimeDirectory, "acknowledged", "1000000000"])
      output = Descriptor(owning: unsafe open(process.output, O_RDONLY | O_CLOEXEC))
    }

    /// How many of its log calls have returned.
    var returned: UInt64 {
      var count: UInt64 = 0
      return unsafe pread(output.raw, &count, 8, 0) == 8 ? count : 0
    }
  }

  /// P5. At any moment of a log call, also before the first one has returned.
  @Test func `what a producer had logged when it was killed is in the file, a hundred times`()
    throws
  {
    let place = try Place()
    var random = SystemRandomNumberGenerator()
    var returned: [Int32: UInt64] = [:]
    try withDaemon(in: place) { daemon in
      for _ in 0..<25 {
        let crew = try (0..<4).map { _ in try Producer(place) }
        for producer in crew {
          let target = UInt64.random(in: 0...5_000, using: &random)
          try daemon.wait("let a producer log") { producer.returned >= target }
          producer.process.kill()
          returned[producer.process.pid] = producer.returned
        }
      }
    }
    #expect(returned.count == 100)
    var numbers: [Int32: [Int64]] = [:]
    for record in try place.records() where record.ident == "stress" {
      guard case .integer(let number) = record.value("n") else { continue }
      numbers[record.pid, default: []].append(number)
    }
    for (pid, count) in returned {
      // The last record may be published while its call has not returned.
      let found = numbers[pid] ?? []
      #expect(found.count == Int(count) || found.count == Int(count) + 1, "of process \(pid)")
      #expect(found == Array(0..<Int64(found.count)))
    }
  }
}
