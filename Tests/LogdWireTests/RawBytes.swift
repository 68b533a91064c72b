extension Array where Element == UInt8 {
  /// The bytes as the decoders take them.
  func read<Answer, Failure: Error>(
    _ decode: (RawSpan) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    // SAFETY: UInt8 has no padding and the span ends with the call.
    unsafe try decode(span.bytes)
  }

  /// What `encode` writes into a buffer of 4 KiB.
  init(encoding encode: (inout MutableRawSpan) -> Int) {
    var buffer = [UInt8](repeating: 0xAA, count: 4096)
    var whole = buffer.mutableSpan
    // SAFETY: every bit pattern is a valid UInt8.
    var raw = unsafe whole.mutableBytes
    let count = encode(&raw)
    self = Array(buffer[..<count])
  }
}
