internal import LogdPlatform
internal import LogdWire

/// Reads what clients say the time was.
enum WallTime {
  /// RFC 3339, `2026-11-21T02:36:01.123456Z`, with a zone; `T` may be a space, the fraction is
  /// optional. Nanoseconds since 1970, in the years 1970 to 2261; nil: it is something else.
  static func parse(_ text: RawSpan) -> Int64? {
    guard text.byteCount >= 20, text.byteCount <= 40, text.u8(at: 4) == UInt8(ascii: "-"),
      text.u8(at: 7) == UInt8(ascii: "-"), text.u8(at: 13) == UInt8(ascii: ":"),
      text.u8(at: 16) == UInt8(ascii: ":"), "Tt ".utf8.contains(text.u8(at: 10)),
      let year = digits(text, 0, 4), let month = digits(text, 5, 2), let day = digits(text, 8, 2),
      let hour = digits(text, 11, 2), let minute = digits(text, 14, 2),
      let second = digits(text, 17, 2), (1970...2261).contains(year), (1...12).contains(month),
      (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var at = 19
    guard let fraction = fraction(text, &at), let zone = zone(text, &at), at == text.byteCount
    else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone
    return seconds * 1_000_000_000 + fraction
  }

  /// Nanoseconds since 1970 of a number of seconds, or, if it is too large for that, of milli-, micro-
  /// or nanoseconds.
  static func nanoseconds(since1970 number: Int64) -> Int64? {
    switch number {
    case ..<0: nil
    case ..<9_000_000_000: number * 1_000_000_000
    case ..<9_000_000_000_000: number * 1_000_000
    case ..<9_000_000_000_000_000: number * 1_000
    default: number
    }
  }

  /// The same of a number with a fraction.
  static func nanoseconds(since1970 number: Double) -> Int64? {
    guard number >= 0, number < 9e18, let whole = nanoseconds(since1970: Int64(number)) else {
      return nil
    }
    let isSeconds = number < 9e9
    return isSeconds ? whole + Int64((number - number.rounded(.down)) * 1e9) : whole
  }

  private static func digits(_ text: RawSpan, _ start: Int, _ count: Int) -> Int64? {
    var at = start
    guard let value = text.takeNumber(&at, digits: count), at == start + count else { return nil }
    return Int64(value)
  }

  private static func fraction(_ text: RawSpan, _ at: inout Int) -> Int64? {
    guard text.take(UInt8(ascii: "."), &at) else { return 0 }
    let start = at
    guard var value = text.takeNumber(&at, digits: 9) else { return nil }
    for _ in at - start..<9 { value *= 10 }
    while at < text.byteCount, text.u8(at: at).isDigit { at += 1 }
    return Int64(value)
  }

  /// `Z`, `+01:00`: seconds that the clock is ahead.
  private static func zone(_ text: RawSpan, _ at: inout Int) -> Int64? {
    if text.take(UInt8(ascii: "Z"), &at) || text.take(UInt8(ascii: "z"), &at) { return 0 }
    let isAhead = text.take(UInt8(ascii: "+"), &at)
    guard isAhead || text.take(UInt8(ascii: "-"), &at), let hours = text.takeNumber(&at, digits: 2)
    else { return nil }
    _ = text.take(UInt8(ascii: ":"), &at)
    guard let minutes = text.takeNumber(&at, digits: 2) else { return nil }
    return (isAhead ? 1 : -1) * Int64(hours * 3600 + minutes * 60)
  }

  /// Days of the Gregorian calendar since 1970. The year is taken to begin in March, so that the
  /// leap day is its last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }
}
