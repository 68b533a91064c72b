internal import CLinux

/// When a file is full of time: at the next turn of the hour, day, week or month on the wall clock,
/// local time, localtime(3).
///
/// The wall clock may jump. Forward over a turn: the file is rotated. Back, behind the instant from
/// which the file counts: it counts from then on, so that a clock that was wrong by years for a
/// moment does not hold up a rotation for years. Daylight saving moves the turns, and nothing else:
/// all is reckoned in seconds since 1970.
struct RotationSchedule: Sendable {
  let period: Configuration.RotationPeriod
  /// The file counts from here, seconds since 1970.
  private(set) var start: Int64
  /// The next turn.
  private(set) var end: Int64

  /// A file that was begun at `begun`; not later than `now`, seconds since 1970.
  init(_ period: Configuration.RotationPeriod, begun: Int64, now: Int64) {
    self.period = period
    start = min(begun, now)
    end = Self.turn(after: start, period)
  }

  /// Whether the file is to be rotated by the clock, which shows `now`.
  mutating func isDue(_ now: Int64) -> Bool {
    if now < start {
      start = now
      end = Self.turn(after: now, period)
    }
    return now >= end
  }

  /// The first second after an instant that belongs to another hour, day, week or month.
  private static func turn(
    after instant: Int64, _ period: Configuration.RotationPeriod
  ) -> Int64 {
    if period == .none { return .max }
    let number = number(of: instant, period)
    let stride: Int64 =
      switch period {
      case .none, .hour: 900
      case .day: 86_400
      case .week: 7 * 86_400
      case .month: 28 * 86_400
      }
    var (before, after) = (instant, instant + stride)
    while Self.number(of: after, period) <= number { (before, after) = (after, after + stride) }
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if Self.number(of: middle, period) > number { after = middle } else { before = middle }
    }
    return after
  }

  /// Which hour, day, week (from Monday) or month it is on the clocks of the place. Only an hour
  /// may come twice: it is counted without daylight saving.
  private static func number(
    of instant: Int64, _ period: Configuration.RotationPeriod
  ) -> Int64 {
    let local = instant + Int64(clinux_utc_offset(instant))
    let day = local / 86_400
    switch period {
    case .none: return 0
    case .hour: return (instant - local % 3600 + 1800) / 3600
    case .day: return day
    case .week: return (day + 3) / 7
    case .month:
      let date = CivilDate(day: max(0, day))
      return Int64(date.year * 12 + date.month)
    }
  }
}
