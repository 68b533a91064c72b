/// The message of a measured record: who wrote it, as the how-manieth, and filler.
///
/// `p0003 n0000000123 the quick …`, exactly as long as asked for. With a stamp, `t` and
/// CLOCK_MONOTONIC just before the call follow the number.
enum BenchMessage {
  static let producerPlace = 1..<5
  static let sequencePlace = 7..<17
  static let stampPlace = 19..<39
  static let producersMax = 9999

  /// The least that who, how-manieth and stamp need.
  static func bytesMin(stamped: Bool) -> Int {
    stamped ? stampPlace.upperBound : sequencePlace.upperBound
  }

  /// The message with the number 0 and the stamp 0.
  static func bytes(producer: Int, size: Int, stamped: Bool) -> [UInt8] {
    let least = bytesMin(stamped: stamped)
    precondition(size >= least && producer <= producersMax, "checked by the command")
    var bytes = Array(
      (stamped ? "p0000 n0000000000 t00000000000000000000" : "p0000 n0000000000").utf8)
    write(UInt64(producer), to: &bytes, producerPlace)
    return bytes + filler(size - least)
  }

  /// What stands behind the numbers: words, no space at the end.
  static func filler(_ count: Int) -> [UInt8] {
    let words = Array(" the quick brown fox jumps over the lazy dog, and then".utf8)
    var filler = (0..<count).map { words[$0 % words.count] }
    if filler.last == UInt8(ascii: " ") { filler[count - 1] = UInt8(ascii: ".") }
    return filler
  }

  /// Writes decimal digits that fill the place.
  static func write(_ value: UInt64, to bytes: inout [UInt8], _ place: Range<Int>) {
    var rest = value
    for at in place.reversed() {
      bytes[at] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }
}
