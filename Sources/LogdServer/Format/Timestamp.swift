internal import LogdPlatform

/// Turns nanoseconds since 1970 into `2026-11-21T02:36:01.123456Z`, in UTC.
///
/// The part down to the second is made once a second and kept; a record pays for six digits.
struct Timestamp {
  private var second: Int64 = .min
  private var upToMinute = SIMD16<UInt8>(repeating: 0)  // "2026-11-21T02:36"
  private var seconds = SIMD16<UInt8>(repeating: 0)  // ":01."

  /// Appends the time without the final `Z`. Years outside 0…9999 are shown as their bound.
  @inline(__always)
  mutating func append(_ nanoseconds: Int64, to line: inout LineBuffer) {
    let second = nanoseconds / 1_000_000_000
    if second != self.second || nanoseconds < 0 { prepare(second: second) }
    line.append(upToMinute, count: 16)
    line.append(seconds, count: 4)
    let rest = UInt32(truncatingIfNeeded: (nanoseconds &- second &* 1_000_000_000).magnitude)
    line.appendSixDigits(rest / 1_000)
  }

  /// With the final `Z`, for a field of a record.
  static func text(_ nanoseconds: Int64) -> String {
    let second = max(0, nanoseconds / 1_000_000_000)
    let date = CivilDate(day: second / 86_400)
    let time = Int(second % 86_400)
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return "\(date.year)-\(two(date.month))-\(two(date.day))T"
      + "\(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60))Z"
  }

  /// Seconds since 1970 of `20261121T024100Z`; nil: it is no such text.
  static func seconds(compact text: Substring) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else {
      return nil
    }
    var number: [Int] = []
    for range in [0..<4, 4..<6, 6..<8, 9..<11, 11..<13, 13..<15] {
      guard bytes[range].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
      }
      number.append(bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }
    guard (1...12).contains(number[1]), (1...31).contains(number[2]), number[3] < 24,
      number[4] < 60, number[5] < 60
    else { return nil }
    let date = CivilDate(year: number[0], month: number[1], day: number[2])
    return date.number * 86_400 + Int64(number[3] * 3600 + number[4] * 60 + number[5])
  }

  @inline(never)
  private mutating func prepare(second: Int64) {
    self.second = second
    let clamped = max(0, min(second, 253_402_300_799))  // 9999-12-31T23:59:59
    let date = CivilDate(day: clamped / 86_400)
    let time = Int(clamped % 86_400)
    upToMinute = SIMD16(repeating: UInt8(ascii: "-"))
    put(&upToMinute, 0, date.year / 100)
    put(&upToMinute, 2, date.year % 100)
    put(&upToMinute, 5, date.month)
    put(&upToMinute, 8, date.day)
    upToMinute[10] = UInt8(ascii: "T")
    put(&upToMinute, 11, time / 3_600)
    upToMinute[13] = UInt8(ascii: ":")
    put(&upToMinute, 14, time / 60 % 60)
    seconds[0] = UInt8(ascii: ":")
    put(&seconds, 1, time % 60)
    seconds[3] = UInt8(ascii: ".")
  }

  private func put(_ block: inout SIMD16<UInt8>, _ index: Int, _ value: Int) {
    block[index] = UInt8(value / 10) + 48
    block[index + 1] = UInt8(value % 10) + 48
  }
}

/// A day of the proleptic Gregorian calendar. Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", civil_from_days.
struct CivilDate: Equatable {
  let year: Int
  let month: Int
  let day: Int

  /// `day`: days since 1970-01-01, not negative.
  init(day: Int64) {
    let shifted = Int(day) + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// A date of the calendar.
  init(year: Int, month: Int, day: Int) {
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// Days since 1970-01-01, days_from_civil.
  var number: Int64 {
    let marchYear = year - (month <= 2 ? 1 : 0)
    let era = marchYear / 400
    let yearOfEra = marchYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }
}
