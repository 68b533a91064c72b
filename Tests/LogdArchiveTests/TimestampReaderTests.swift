import LogdArchive
import TestSupport
import Testing

@Suite struct `Timestamp reader` {
  @Test func `times of all years, and across the turn of a second, are those of the model`() {
    var reader = TimestampReader()
    var random = Seeded(seed: 7)
    var times: [Int64] = [0, -1_000, 999_999_000, 1_000_000_000, 951_782_399_999_999_000]
    times += (0..<2000).map { _ in Int64.random(in: -1 << 62...1 << 62, using: &random) }
    for time in times.map({ $0 / 1000 * 1000 }) {
      for delta: Int64 in [0, 1_000, 999_999_000] {
        let line = Array(("xx" + FormatModel.time(time + delta) + "yy").utf8)
        let read = reader.time(in: line.span, at: 2)
        #expect(read == time + delta)
      }
    }
  }

  @Test func `what is no time is nil, also after a good one`() {
    var reader = TimestampReader()
    let good = Array("2026-11-21T02:36:01.123456Z".utf8)
    func time(_ line: [UInt8], at: Int = 0) -> Int64? { reader.time(in: line.span, at: at) }
    #expect(time(good) == exampleTime)
    for index in good.indices {
      var bad = good
      bad[index] = UInt8(ascii: "?")
      #expect(time(bad) == nil)
    }
    #expect(time(good, at: 1) == nil)
    #expect(time(good, at: -1) == nil)
    #expect(time(good) == exampleTime)
  }
}
