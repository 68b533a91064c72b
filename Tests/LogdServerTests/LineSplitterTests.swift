import TestSupport
import Testing

@testable import logctl

@Suite struct `Line splitter` {
  private struct Piece: Equatable {
    var text: [UInt8]
    var end: LineSplitter.End
  }

  private func pieces(_ blocks: [[UInt8]], bytesMax: Int) -> [Piece] {
    var splitter = LineSplitter(bytesMax: bytesMax)
    var pieces: [Piece] = []
    for block in blocks {
      splitter.take(block.span) { pieces.append(Piece(text: Self.bytes($0), end: $1)) }
    }
    splitter.finish { pieces.append(Piece(text: Self.bytes($0), end: $1)) }
    return pieces
  }

  private static func bytes(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

  private func texts(_ text: String, bytesMax: Int) -> [String] {
    pieces([Array(text.utf8)], bytesMax: bytesMax).map {
      let mark = ["newline": "|", "full": "…", "endOfInput": "$"]["\($0.end)"]!
      return String(decoding: $0.text, as: UTF8.self) + mark
    }
  }

  @Test(arguments: [
    ("", []), ("\n", ["|"]), ("a\nb", ["a|", "b$"]), ("abcd\n", ["abcd|"]),
    ("abcde\n", ["abcd…", "e|"]), ("abcdefgh", ["abcd…", "efgh$"]), ("\n\nx", ["|", "|", "x$"]),
    ("abcé\n", ["abc…", "é|"]), ("a€€€", ["a€…", "€…", "€$"]), ("a𐍈", ["a…", "𐍈$"]),
  ])
  func `lines end where they should, long ones between characters`(
    text: String, expected: [String]
  ) {
    #expect(texts(text, bytesMax: 4) == expected)
  }

  @Test(arguments: [1, 0x5eed, UInt64.random(in: .min ... .max)])
  func `whatever the blocks are, nothing is lost or doubled`(seed: UInt64) {
    var random = Seeded(seed: seed)
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ -> UInt8 in
        [0x0A, 0x61, 0xC3, 0xA9, 0x80, 0xF0, 0xFF].randomElement(using: &random)!
      }
      var blocks: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...rest.count, using: &random)
        blocks.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      let bytesMax = Int.random(in: 4...20, using: &random)
      let pieces = pieces(blocks, bytesMax: bytesMax)
      let joined = pieces.flatMap { piece -> [UInt8] in
        piece.text + (piece.end == .newline ? [0x0A] : [])
      }
      #expect(joined == bytes, "seed \(seed)")
      #expect(pieces.allSatisfy { $0.text.count <= bytesMax && !$0.text.contains(0x0A) })
      #expect(pieces.allSatisfy { $0.end != .full || $0.text.count > bytesMax - 4 })
      #expect(pieces.dropLast().allSatisfy { $0.end != .endOfInput })
    }
  }
}
