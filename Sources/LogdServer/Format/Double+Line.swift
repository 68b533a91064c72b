internal import CLinux
internal import LogdPlatform

extension LineBuffer {
  /// The shortest decimal that reads back the same, always with `.` or `e`; `nan`, `inf`, `-inf`.
  @inline(never)
  mutating func append(_ value: Double) {
    if value.isNaN { return append("nan") }
    if value.isInfinite { return value < 0 ? append("-inf") : append("inf") }
    var digits = InlineArray<32, UInt8>(repeating: 0)
    var span = digits.mutableSpan
    let n = unsafe span.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: the C function writes at most 32 bytes, and this is called with room for 32.
      unsafe buffer.baseAddress.map { unsafe Int(clinux_format_double(value, $0)) } ?? 0
    }
    var isInteger = true
    for index in 0..<n {
      append(digits[index])
      if digits[index] == 0x2E || digits[index] == 0x65 { isInteger = false }
    }
    if isInteger { append(".0") }
  }
}
