import LogdWire
import Testing

@Suite struct `Short text` {
  private func text(_ bytes: [UInt8]) -> ShortText<40> {
    bytes.read { ShortText<40>(cutting: $0) }
  }

  @Test(arguments: ["", "a", "worker-15-bytes", "worker-16-bytes.", "Grüße aus dem Süden"])
  func `is the string that it was made of`(_ string: String) {
    #expect(text(Array(string.utf8)).string == string)
  }

  @Test func `what is no UTF-8 is replaced, the rest stays`() {
    #expect(text([0x61, 0xFF, 0x62]).string == "a\u{FFFD}b")
    #expect(text(Array("0123456789abcdef".utf8) + [0xC3]).string == "0123456789abcdef\u{FFFD}")
  }

  @Test func `what does not fit is cut`() {
    #expect(text(Array(repeating: 0x78, count: 41)).string == String(repeating: "x", count: 40))
  }
}
