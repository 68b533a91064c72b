import Testing

@testable import logctl

@Suite struct `What logctl shows` {
  private let plain = Style(hasColours: false)
  private let coloured = Style(hasColours: true)

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
    (-100, "-100"),
  ])
  func `numbers in groups of three`(_ number: Int, _ text: String) {
    #expect(Printable.number(number) == text)
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (12_900_000, "12.3 MiB"),
      (.max, "16777216.0 TiB"),
    ] as [(UInt64, String)])
  func `sizes with a unit`(_ bytes: UInt64, _ text: String) {
    #expect(Printable.bytes(bytes) == text)
  }

  @Test(arguments: [
    (0, "0.0 s"), (12.54, "12.5 s"), (60, "1 min 0 s"), (3661, "1 h 1 min"), (90_000, "1 d 1 h"),
    (-1, "0.0 s"), (.infinity, "11574074074 d 1 h"),
  ])
  func `durations with two units`(_ seconds: Double, _ text: String) {
    #expect(Printable.seconds(seconds) == text)
  }

  @Test func `nothing steers the terminal`() {
    #expect(
      Printable.text("a\u{1B}[2J\n\u{202E}\u{85}é") == "a\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}é")
  }

  @Test(
    arguments: [
      (0, 0, "[..........]   0%"), (0, 100, "[..........]   0%"), (1, 100, "[#.........]   1%"),
      (50, 100, "[#####.....]  50%"), (100, 100, "[##########] 100%"),
      (200, 100, "[##########] 100%"),
    ] as [(UInt64, UInt64, String)])
  func `how full a ring is`(_ used: UInt64, _ capacity: UInt64, _ text: String) {
    #expect(RingBar.text(used: used, of: capacity) == text)
  }

  @Test func `a screen is cut to the terminal, colours or not`() {
    var long = StyledLine("12345", .red)
    long.add("67890")
    let lines = [long, StyledLine("b"), StyledLine("c")]
    #expect(
      Screen.frame(lines, isFirst: false, (rows: 3, columns: 7), plain)
        == "\u{1B}[H1234567\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
    #expect(
      Screen.frame(lines, isFirst: true, (rows: 2, columns: 3), coloured)
        == "\u{1B}[2J\u{1B}[H\u{1B}[31m123\u{1B}[0m\u{1B}[K\n\u{1B}[J")
  }

  @Test func `severities have colours, everything else is left alone`() {
    let paint = LinePaint(coloured)
    let text = "T err a[1]: x\nT info a[1]: err\nno severity\n\n\u{FF} warning\nT debug \n"
    let painted = """
      T \u{1B}[31merr\u{1B}[0m a[1]: x
      T info a[1]: err
      no severity

      \u{FF} warning
      T \u{1B}[2mdebug\u{1B}[0m \n
      """
    #expect(String(decoding: paint(Array(text.utf8)), as: UTF8.self) == painted)
    #expect(LinePaint(plain)(Array(text.utf8)) == Array(text.utf8))
  }
}
