internal import Glibc

/// A date and a time of day, as calendars have them: without a zone.
public struct CalendarTime: Equatable, Sendable {
  public var year: Int
  /// 1…12
  public var month: Int
  /// 1…31; another is carried into the months beside.
  public var day: Int
  public var hour = 0
  public var minute = 0
  public var second = 0

  public init(year: Int, month: Int, day: Int) {
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// The local time of an instant in seconds since 1970, localtime_r(3); nil beyond all calendars.
  public init?(local seconds: Int) {
    var time = time_t(seconds)
    var parts = unsafe tm()
    guard unsafe localtime_r(&time, &parts) != nil else { return nil }
    unsafe (year, month, day) = (
      Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)
    )
    unsafe (hour, minute, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
  }

  /// Seconds since 1970 when this is local time, mktime(3), which also decides where a clock that
  /// is changed twice a year leaves a choice.
  public var secondsLocal: Int {
    var parts = unsafe parts
    return unsafe mktime(&parts)
  }

  /// Seconds since 1970 when this is UTC, timegm(3).
  public var secondsUTC: Int {
    var parts = unsafe parts
    return unsafe timegm(&parts)
  }

  @unsafe private var parts: tm {
    var parts = unsafe tm()
    unsafe parts.tm_year = Int32(clamping: year - 1900)
    unsafe parts.tm_mon = Int32(clamping: month - 1)
    unsafe parts.tm_mday = Int32(clamping: day)
    unsafe parts.tm_hour = Int32(clamping: hour)
    unsafe parts.tm_min = Int32(clamping: minute)
    unsafe parts.tm_sec = Int32(clamping: second)
    unsafe parts.tm_isdst = -1
    return unsafe parts
  }
}
