import LogdPlatform
import Testing

@Suite struct `A line's numbers` {
  private func text(_ write: (inout LineBuffer) -> Void) -> String {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 16)
    defer { unsafe memory.deallocate() }
    // SAFETY: the memory lives as long as this call, and is larger than what is appended.
    var line = unsafe LineBuffer(base: memory.baseAddress!, capacity: 128)
    write(&line)
    return String(decoding: line.copy, as: UTF8.self)
  }

  @Test func `are those of any other decimal writer`() {
    var numbers: [UInt64] = [0, .max, UInt64(Int64.max)]
    var power: UInt64 = 1
    for _ in 0..<20 {
      numbers += [power - 1, power, power + 1, power / 2 * 3, power &* 9]
      power &*= 10
    }
    for _ in 0..<20_000 { numbers.append(.random(in: 0...UInt64.max) >> UInt64.random(in: 0..<64)) }
    for value in numbers {
      let written = text { $0.append(value) }
      guard written == "\(value)" else {
        Issue.record("\(value) is written as \(written)")
        return
      }
      let signed = Int64(bitPattern: value)
      #expect(text { $0.append(signed) } == "\(signed)")
    }
  }

  @Test func `of six digits have six digits`() {
    for value in Array(0..<20_000) + Array(stride(from: 20_000, to: 1_000_000, by: 97)) + [999_999]
    {
      let padded = String("\(1_000_000 + value)".dropFirst())
      let written = text { $0.appendSixDigits(UInt32(value)) }
      guard written == padded else {
        Issue.record("\(value) is written as \(written)")
        return
      }
    }
  }
}
