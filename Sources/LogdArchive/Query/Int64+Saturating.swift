// Times beyond those that a record can have are before or after all of them.
extension Int64 {
  /// The sum, or the end of the numbers that it is beyond.
  func saturatingAdd(_ other: Int64) -> Int64 {
    let (result, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : result
  }

  /// Nanoseconds of so many seconds, in the same way.
  init(saturatingSeconds seconds: Int) {
    let (result, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    self = overflow ? (seconds < 0 ? .min : .max) : result
  }
}
