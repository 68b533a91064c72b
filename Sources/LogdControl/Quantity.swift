/// Numbers with units, as the configuration and the commands write them: `1MiB`, `2ms`.
public enum Quantity {
  private static let sizes: [(name: String, factor: UInt64)] = [
    ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
  ]
  private static let durations: [(name: String, factor: UInt64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("min", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000),
  ]

  /// Bytes: a whole number with `KiB`, `MiB`, `GiB`, or without a unit.
  public static func bytes(_ text: String) -> Int? {
    guard let (number, unit) = split(text) else { return nil }
    if unit.isEmpty { return Int(exactly: number) }
    return scaled(number, unit, sizes).flatMap { Int(exactly: $0) }
  }

  /// Nanoseconds: a whole number with `ms`, `s`, `min`, `h`, `d`; zero needs no unit.
  public static func nanoseconds(_ text: String) -> UInt64? {
    guard let (number, unit) = split(text) else { return nil }
    if unit.isEmpty { return number == 0 ? 0 : nil }
    return scaled(number, unit, durations)
  }

  /// The shortest exact form with a unit.
  public static func text(bytes: Int) -> String {
    let unit = sizes.first { bytes > 0 && UInt64(bytes) % $0.factor == 0 }
    return unit.map { "\(UInt64(bytes) / $0.factor)\($0.name)" } ?? "\(bytes)"
  }

  /// The shortest form with a unit; below a millisecond there is none, so it is cut.
  public static func text(nanoseconds: UInt64) -> String {
    let unit = durations.first { nanoseconds > 0 && nanoseconds % $0.factor == 0 }
    return unit.map { "\(nanoseconds / $0.factor)\($0.name)" }
      ?? "\(nanoseconds / 1_000_000)ms"
  }

  private static func split(_ text: String) -> (number: UInt64, unit: Substring)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = UInt64(digits) else { return nil }
    return (number, text[digits.endIndex...].drop { $0 == " " })
  }

  private static func scaled(
    _ number: UInt64, _ unit: Substring, _ units: [(name: String, factor: UInt64)]
  ) -> UInt64? {
    guard let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }
}
