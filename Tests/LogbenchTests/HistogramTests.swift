import Testing

@testable import logbench

@Suite struct `Histogram of durations` {
  @Test func `small values are exact`() {
    var histogram = Histogram()
    for value in UInt64(1)...100 { histogram.record(value) }
    #expect(histogram.count == 100)
    #expect(histogram.value(at: 0.5) == 50)
    #expect(histogram.value(at: 0.99) == 99)
    #expect(histogram.value(at: 1) == 100)
    #expect(histogram.max == 100)
  }

  @Test func `every value is found again within one part in 128`() {
    var value: UInt64 = 1
    while value < UInt64.max / 3 {
      for near in [value - 1, value, value + 1] {
        var histogram = Histogram()
        histogram.record(near)
        histogram.record(.max)
        let found = histogram.value(at: 0.5)
        #expect(found >= near && found - near <= near / 128, "\(near) became \(found)")
      }
      value = value * 3 / 2 + 1
    }
  }

  @Test func `an empty one answers zero`() {
    #expect(Histogram().value(at: 0.99) == 0)
  }

  @Test func `durations have a unit`() {
    #expect(Percentiles.duration(999) == "999 ns")
    #expect(Percentiles.duration(4_210) == "4.2 µs")
    #expect(Percentiles.duration(12_340_000) == "12.3 ms")
  }

  @Test func `the median of an even number is the lower one`() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 3, 2]) == 2)
  }
}
