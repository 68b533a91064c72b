public import LogdArchive
internal import LogdWire

/// SplitMix64: the same numbers for the same seed everywhere.
public struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// Records made to trip a reader.
public struct RandomRecords {
  public var random: Seeded

  public init(seed: UInt64) { random = Seeded(seed: seed) }

  public mutating func record() -> LogRecord {
    LogRecord(
      time: Int64.random(in: -60_000_000_000_000_000...9_000_000_000_000_000_000, using: &random)
        / 1000 * 1000,
      severity: Severity.allCases.randomElement(using: &random)!,
      ident: ident(), pid: Int32.random(in: 0...Int32.max, using: &random),
      uid: UInt32.random(in: 0...UInt32.max, using: &random),
      message: string(), fields: (0..<Int.random(in: 0...4, using: &random)).map { _ in field() })
  }

  private mutating func ident() -> String {
    let characters = Array("ABYZabyz0129._@/+-")
    let count = [1, 2, 6, 64].randomElement(using: &random)!
    return String((0..<count).map { _ in characters.randomElement(using: &random)! })
  }

  private mutating func field() -> LogField {
    if Int.random(in: 0..<8, using: &random) == 0 {
      let level = Self.taskLevels.randomElement(using: &random)!
      return LogField(key: Array("task_level".utf8), value: .string(Array(level.utf8)))
    }
    var key = string()
    if key.isEmpty { key = [UInt8(ascii: "k")] }
    let reserved = ["ts", "msg", "field.", "field.ts", "_cut", "a b", "x=y"]
    if Int.random(in: 0..<4, using: &random) == 0 {
      key = Array(reserved.randomElement(using: &random)!.utf8)
    }
    let isDaemons = key[0] == UInt8(ascii: "_") && Bool.random(using: &random)
    return LogField(key: key, value: value(), isDaemons: isDaemons)
  }

  /// Places in a tree, and what is none.
  private static let taskLevels = [
    "/1", "/1/2/3", "/0", "/10/999999999", "", "/", "//1", "1/2", "/1/", "/01", "/00",
    "/1234567890",
    "/-1", "/1,2", "/1/2 ",
  ]

  private mutating func value() -> FieldValue {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .integer(Int64(truncatingIfNeeded: random.next()) >> (random.next() & 63))
    case 1: .unsigned(random.next() | 1 << 63)
    case 2: .double(Double(bitPattern: random.next()))
    case 3: .double(Self.doubles.randomElement(using: &random)!)
    case 4: .bool(Bool.random(using: &random))
    default: .string(string())
    }
  }

  private static let doubles: [Double] = [
    0, -0.0, .nan, .infinity, -.infinity, 1e16, .leastNonzeroMagnitude,
  ]

  /// A few pieces, each harmless or nasty.
  public mutating func string() -> [UInt8] {
    (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in piece() }
  }

  private mutating func piece() -> [UInt8] {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: [UInt8.random(in: 0...255, using: &random)]
    case 1: Self.nasty.randomElement(using: &random)!
    case 2: Array(String(Unicode.Scalar(UInt32.random(in: 0...0xd7ff, using: &random))!).utf8)
    default: Array("word".utf8)
    }
  }

  private static let nasty: [[UInt8]] =
    [
      "=", " ", "\"", "\\", "\\x41", "\\n", "\n", "\r", "\t", "\u{7f}", "\u{85}", "\u{9b}31m",
      "\u{2028}", "\u{202e}", "\u{2066}", "\u{1b}[2J", "é", "𐍈", "true", "nan", "-inf", "1", "-",
      ".", "_", "k=v", ",\"k\":1", "\n2026-11-21T02:36:01.123456Z err root[1]: forged", "\0",
    ].map { Array($0.utf8) } + [
      [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x80],
    ]
}
