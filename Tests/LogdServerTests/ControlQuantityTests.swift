import LogdControl
import Testing

@Suite struct `Quantities with units` {
  @Test(arguments: [
    ("0", 0), ("1", 1), ("4096", 4096), ("1KiB", 1024), ("1 KiB", 1024), ("16MiB", 16 << 20),
    ("2GiB", 2 << 30), ("8589934591GiB", 9_223_372_035_781_033_984),
  ])
  func `sizes are read`(_ text: String, _ bytes: Int) {
    #expect(Quantity.bytes(text) == bytes)
  }

  @Test(arguments: [
    "", "MiB", "-1", "1.5MiB", "1KB", "1kib", "1 Mi B", "1MiB ", "８", "99999999999999999999",
    "8589934592GiB", "18446744073709551615", "18446744073709551615KiB",
  ])
  func `what is no size is refused`(_ text: String) {
    #expect(Quantity.bytes(text) == nil)
  }

  @Test(
    arguments: [
      ("0", 0), ("0s", 0), ("2ms", 2_000_000), ("5s", 5_000_000_000), ("1min", 60_000_000_000),
      ("1h", 3_600_000_000_000), ("3d", 259_200_000_000_000),
    ] as [(String, UInt64)])
  func `durations are read`(_ text: String, _ nanoseconds: UInt64) {
    #expect(Quantity.nanoseconds(text) == nanoseconds)
  }

  @Test(arguments: ["", "1", "s", "1us", "-1s", "1.5s", "1m", "1 s s", "213504d"])
  func `what is no duration is refused`(_ text: String) {
    #expect(Quantity.nanoseconds(text) == nil)
  }

  @Test(arguments: ["0", "1", "1023", "1KiB", "1025", "3MiB", "1GiB", "1025GiB"])
  func `sizes are written in their largest exact unit`(_ text: String) throws {
    #expect(Quantity.text(bytes: try #require(Quantity.bytes(text))) == text)
  }

  @Test(arguments: ["0ms", "1ms", "1500ms", "90s", "1min", "25h", "2d"])
  func `durations are written in their largest exact unit`(_ text: String) throws {
    #expect(Quantity.text(nanoseconds: try #require(Quantity.nanoseconds(text))) == text)
  }
}
