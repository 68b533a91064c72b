internal import LogdPlatform

/// An instant as a person writes it: what `--since` and `--until` take.
public enum TimePhrase {
  /// The forms, for help and error messages.
  public static let forms = """
    RFC 3339 (2026-11-21T02:36:01Z), local time (2026-11-21, "2026-11-21 02:36", 02:36), \
    "10 min ago", -1h, now, today, yesterday
    """

  /// Nanoseconds since 1970; nil when it is none of the forms. Days begin at midnight of local
  /// time. What no record can have (before 1677, after 2262) is the first or the last such number.
  public static func nanoseconds(_ text: String, now: Int64) -> Int64? {
    let words = text.lowercased().split(separator: " ").joined(separator: " ")
    switch words {
    case "now": return now
    case "today": return midnight(now, daysBefore: 0)
    case "yesterday": return midnight(now, daysBefore: 1)
    default: break
    }
    if words.hasSuffix(" ago") { return before(now, words.dropLast(4)) }
    if words.hasPrefix("-") { return before(now, words.dropFirst()) }
    var reader = ClockReader(words)
    return reader.nanoseconds(now: now)
  }

  private static func midnight(_ now: Int64, daysBefore: Int) -> Int64? {
    guard let today = CalendarTime(local: Int(now / 1_000_000_000)) else { return nil }
    let day = CalendarTime(year: today.year, month: today.month, day: today.day - daysBefore)
    return Int64(saturatingSeconds: day.secondsLocal)
  }

  private static let units: [(names: [String], seconds: Int64)] = [
    (["s", "sec", "second", "seconds"], 1), (["m", "min", "minute", "minutes"], 60),
    (["h", "hour", "hours"], 3600), (["d", "day", "days"], 86_400),
    (["w", "week", "weeks"], 604_800),
  ]

  /// `10 min`, `1h 30min`: so long before now.
  private static func before(_ now: Int64, _ span: Substring) -> Int64? {
    var rest = span.filter { $0 != " " }[...]
    var seconds: Int64 = 0
    if rest.isEmpty { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Int64(digits), number < 1_000_000_000,
        let factor = units.first(where: { $0.names.contains(String(unit)) })?.seconds
      else { return nil }
      seconds += min(number * factor, 10_000_000_000)
    }
    return seconds <= now / 1_000_000_000 ? now - seconds * 1_000_000_000 : 0
  }
}

/// Reads `2026-11-21t02:36:01.5z`, and what may be left out of it.
private struct ClockReader {
  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  mutating func nanoseconds(now: Int64) -> Int64? {
    guard var time = CalendarTime(local: Int(now / 1_000_000_000)) else { return nil }
    let date = numbers([4, 2, 2], "-")
    if let date { time = CalendarTime(year: date[0], month: date[1], day: date[2]) }
    let day = (time.month, time.day)
    var fraction: Int64 = 0
    if date == nil || take("t") || take(" ") {
      guard let clock = numbers([2, 2, 2], ":") ?? numbers([2, 2], ":"),
        clock[0] < 24, clock[1] < 60, clock.count < 3 || clock[2] < 60
      else { return nil }
      (time.hour, time.minute, time.second) = (clock[0], clock[1], clock.count < 3 ? 0 : clock[2])
      if clock.count == 3, take(".") {
        guard let digits = self.fraction() else { return nil }
        fraction = digits
      }
    }
    guard let seconds = seconds(time), let read = CalendarTime(local: seconds.ofDay),
      date == nil || (read.month, read.day) == day  // 30 February is another day
    else { return nil }
    return Int64(saturatingSeconds: seconds.since1970).saturatingAdd(fraction)
  }

  /// Of the zone that is named, or local time; and an instant at which local time shows the date.
  private mutating func seconds(_ time: CalendarTime) -> (since1970: Int, ofDay: Int)? {
    let local = time.secondsLocal
    if rest.isEmpty { return (local, local) }
    if rest == "z" { return (time.secondsUTC, local) }
    guard let sign = rest.popFirst(), sign == "+" || sign == "-",
      let offset = numbers([2, 2], ":"), rest.isEmpty, offset[0] < 24, offset[1] < 60
    else { return nil }
    let seconds = offset[0] * 3600 + offset[1] * 60
    return (time.secondsUTC - (sign == "-" ? -seconds : seconds), local)
  }

  /// Numbers of so many digits with `separator` between them.
  private mutating func numbers(_ digits: [Int], _ separator: Character) -> [Int]? {
    let start = rest
    var numbers: [Int] = []
    for count in digits {
      guard numbers.isEmpty || take(separator), let number = Self.number(rest.prefix(count), count)
      else {
        rest = start
        return nil
      }
      rest = rest.dropFirst(count)
      numbers.append(number)
    }
    return numbers
  }

  private static func number(_ word: Substring, _ count: Int) -> Int? {
    word.count == count && word.allSatisfy { $0.isASCII && $0.isNumber } ? Int(word) : nil
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func fraction() -> Int64? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    let nine = digits.prefix(9) + String(repeating: "0", count: max(0, 9 - digits.count))
    return digits.isEmpty ? nil : Int64(nine)
  }
}
