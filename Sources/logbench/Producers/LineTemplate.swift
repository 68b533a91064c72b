internal import Glibc
internal import LogdArchive

/// The bytes a producer hands over for each record: a message, or a whole text line around it.
///
/// Patched in place, so that the loop that is measured makes no strings.
struct LineTemplate: Sendable {
  private(set) var bytes: [UInt8]
  /// Where the message begins.
  private let start: Int

  init(producer: Int, workload: Workload, isWholeLine: Bool) {
    let message = BenchMessage.bytes(
      producer: producer, size: workload.size, stamped: workload.stamp)
    guard isWholeLine else {
      start = 0
      bytes = message
      return
    }
    let expected = ExpectedLine(.text, workload)
    let head = expected.head(pid: getpid())
    start = head.count
    bytes = head + message + expected.tail + [0x0a]
  }

  /// Adds one to the sequence number: mostly one byte is written.
  @inline(__always)
  mutating func nextSequence() {
    var at = start + BenchMessage.sequencePlace.upperBound - 1
    while bytes[at] == UInt8(ascii: "9") {
      bytes[at] = UInt8(ascii: "0")
      at -= 1
    }
    bytes[at] &+= 1
  }

  mutating func setStamp(_ value: UInt64) {
    let place = BenchMessage.stampPlace
    BenchMessage.write(value, to: &bytes, start + place.lowerBound..<start + place.upperBound)
  }
}
