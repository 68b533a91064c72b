import Glibc
import LogdPlatform
import Testing

@Suite struct `Killed producers` {
  /// P5. At any moment of a log call, also before the first one has returned.
  @Test func `what a producer had logged when it was killed is in the file, a hundred times`()
    throws
  {
    let place = try Place()
    var random = SystemRandomNumberGenerator()
    var returned: [Int32: UInt64] = [:]
    try withDaemon(in: place) { daemon in
      for _ in 0..<25 {
        let crew = try (0..<4).map { _ in try AcknowledgedProducer(place) }
        for producer in crew {
          let target = UInt64.random(in: 0...5_000, using: &random)
          try daemon.wait("let a producer log") { producer.returned >= target }
          producer.process.kill()
          returned[producer.process.pid] = producer.returned
        }
      }
    }
    #expect(returned.count == 100)
    try place.expectAll(returned)
  }

  /// P4 for the dead: their rings and connections are in the bags.
  @Test func `producers that die while there is no daemon lose nothing`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    var returned: [Int32: UInt64] = [:]
    for round in 0..<5 {
      let crew = try (0..<4).map { _ in try AcknowledgedProducer(place) }
      let before = UInt64(round) * 300
      for producer in crew {
        try logd.daemon.wait("let a producer log") { producer.returned > before }
      }
      // Nobody starts another one until the producers are dead.
      let child = try logd.child()
      logd.supervisor.pause()
      kill(child, SIGKILL)
      for producer in crew {
        // Logs on as far as its ring has room.
        #expect(producer.process.ending(within: .milliseconds(5)) == nil)
        producer.process.kill()
        returned[producer.process.pid] = producer.returned
      }
      logd.supervisor.resume()
      try logd.daemon.wait("be started again") { try logd.child() != child }
    }
    logd.daemon.stop()
    #expect(returned.count == 20)
    try place.expectAll(returned)
  }
}
