/// JSON, written front to back.
///
/// `JSONEncoder` takes 5 µs for a client, this 0.7: the status of 4,096 clients has to be answered
/// within 10 ms, by the thread that also serves them.
public struct JSONText: Sendable {
  public private(set) var bytes: [UInt8] = []
  /// Whether a comma is due before the next member or element.
  private var isFirst = true

  public init() {}

  /// `{ … }`
  public mutating func object(_ members: (inout JSONText) -> Void) {
    enclosed(by: UInt8(ascii: "{"), UInt8(ascii: "}"), members)
  }

  /// `[ … ]`, with what `element` writes for each.
  public mutating func array<Element>(
    _ elements: [Element], _ element: (Element, inout JSONText) -> Void
  ) {
    enclosed(by: UInt8(ascii: "["), UInt8(ascii: "]")) { json in
      for each in elements {
        json.separate()
        element(each, &json)
      }
    }
  }

  /// NUL, the end of a Varlink message; another object may follow.
  public mutating func end() {
    bytes.append(0)
    isFirst = true
  }

  /// `"name":`, before a value. The name needs no escapes.
  public mutating func member(_ name: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    append(name)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  public mutating func member(_ name: String, _ value: Bool) {
    member(name)
    append(value ? "true" : "false")
  }

  public mutating func member(_ name: String, _ value: some BinaryInteger) {
    member(name)
    append(String(value))
  }

  /// JSON has neither NaN nor infinity: they are 0.
  public mutating func member(_ name: String, _ value: Double) {
    member(name)
    append((value.isFinite ? value : 0).description)
  }

  public mutating func member(_ name: String, _ value: String) {
    member(name)
    string(value)
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case ..<0x20, 0x7F:
        let digits = Array("0123456789abcdef".utf8)
        bytes += "\\u00".utf8
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ text: String) {
    var text = text
    // SAFETY: the buffer is copied before the closure returns.
    text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  private mutating func enclosed(
    by open: UInt8, _ close: UInt8, _ body: (inout JSONText) -> Void
  ) {
    bytes.append(open)
    isFirst = true
    body(&self)
    bytes.append(close)
    isFirst = false
  }
}
