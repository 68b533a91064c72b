internal import CZlib

/// How many lines there were and what was in them, in whatever order: CRC-32 of each, added up.
struct LineSum: Equatable, Sendable {
  private(set) var lines = 0
  private(set) var bytes = 0
  private var sum: UInt64 = 0
  private var squares: UInt64 = 0

  mutating func add(_ line: Span<UInt8>) {
    // SAFETY: looks at count bytes, and the pointer lives for the call.
    let code = unsafe line.withUnsafeBufferPointer {
      unsafe UInt64(crc32(0, $0.baseAddress, UInt32($0.count)))
    }
    lines += 1
    bytes += line.count + 1
    sum &+= code
    squares &+= code &* code
  }
}
