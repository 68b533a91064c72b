extension UInt8 {
  /// The byte that a backslash and this one stand for in a string of JSON, RFC 8259; `nil` for what
  /// stands for none, and for `u`, which takes four digits.
  public var unescapedJSON: UInt8? {
    switch self {
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "r"): 0x0d
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): self
    default: nil
    }
  }
}
