import LogdWire
import TestSupport
import Testing

@testable import LogdServer

/// Ledger and intake come back from where others may have changed them: nothing in them stops a daemon.
@Suite(.serialized) struct `A damaged ledger or intake` {
  typealias Image = KilledDaemon.Image

  @Test(arguments: [1, 2, 0x10_6d] as [UInt64])
  func `never keeps a daemon from starting and writing what comes next`(seed: UInt64) throws {
    print("seed \(seed)")
    var random = Seeded(seed: seed)
    let killed = try KilledDaemon()
    for round in 0..<1000 {
      let slots = round % 10 == 0 ? 20 : 7
      let parts = try killed.restart(slots: slots) { Self.damage(&$0, &random) }
      let text = "fresh \(seed) \(round)."
      try parts.run([{ parts.flush() }, { try? parts.send(text + "\n") }, { parts.flush() }])
      let fresh = try killed.lines().filter { $0.hasSuffix("]: \(text)") }
      #expect(fresh.count == 1, "round \(round)")
      let counters = parts.writer.counters
      #expect(
        counters.received == counters.written + counters.dropped + counters.handedOff,
        "round \(round)")
    }
  }

  /// A word of one of the two, and what is said of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let offsets: [Int]
    let word: UInt64
    let said: String
    var testDescription: String { said }

    init(_ file: String, _ offsets: [Int], _ word: UInt64, _ said: String) {
      (self.file, self.offsets, self.word, self.said) = (file, offsets, word, said)
    }
  }

  private static let heads = 4096 + (128 << 10) + 4096

  @Test(arguments: [
    Case("ledger", [0], 0, "its head or its size"),
    Case("ledger", [64], 1 << 63, "the mark of its last batch"),
    Case("ledger", [72], .max, "what it says of its last batch"),
    Case("ledger", [128], .max, "its counts"),
    Case("ledger", [128, 256], .max, "its counts"),
    Case("ledger", [400], .max, "under which ring logd has died"),
    Case("ledger", [4096], .max, "what it says of 1 rings"),
    Case("ledger", [4096 + 8], .max - 7, "what it says of 1 rings"),
    Case("ledger", [4096 + 16], 1 << 61, "how far it says the intake was drained"),
    Case("ledger", [4096 + 64 + 16], 1 << 61, "how far the ring of process"),
    Case("intake", [0, 1024], 0, "its head or its size"),
    Case("intake", [1032], .max, "the id of its ring"),
    Case("intake", [1152, 1280], .max, "the head of its ring"),
    Case("intake", [1152 + 40, 1280 + 40], .max, "its counts"),
    Case("intake", [heads + 8], .max, "the places of 1 connections"),
    Case("intake", [heads + 64], .max, "the places of 1 connections"),
    Case("intake", [heads + 64 + 48], .max, "the places of 1 connections"),
  ])
  func `is said in the log, with what is given up`(_ damage: Case) throws {
    let killed = try KilledDaemon()
    let parts = try killed.restart { image in
      for offset in damage.offsets {
        if damage.file == "ledger" {
          image.ledger.store(damage.word, at: offset)
        } else {
          image.intake.store(damage.word, at: offset)
        }
      }
    }
    try parts.run([{ parts.flush() }, { try? parts.send("fresh\n") }, { parts.flush() }])
    let lines = try killed.lines()
    let told = lines.filter { $0.contains("was damaged while no logd ran") }
    #expect(told.count == 1, "\(told)")
    #expect(told.first?.contains("the \(damage.file) was damaged") == true)
    #expect(told.first?.contains("what=\"\(damage.said)") == true)
    #expect(lines.last?.hasSuffix("]: fresh") == true)
  }

  /// The records themselves.
  @Test func `costs what lies in the intake, where that is no record, and goes on at once`() throws
  {
    let killed = try KilledDaemon()
    let parts = try killed.restart { image in
      for offset in stride(from: 4096, to: 8192, by: 8) { image.intake.store(.max, at: offset) }
    }
    try parts.run([{ parts.flush() }, { try? parts.send("fresh\n") }, { parts.flush() }])
    let lines = try killed.lines()
    #expect(
      lines.contains { $0.contains("the intake was damaged, and what text clients had sent") })
    #expect(lines.last?.hasSuffix("]: fresh") == true)
  }

  private static func damage(_ image: inout Image, _ random: inout Seeded) {
    for _ in 0..<[1, 1, 1, 2, 8].randomElement(using: &random)! {
      if Bool.random(using: &random) {
        damage(&image.ledger, random.next() % 3 == 0 ? 128 << 10 : 4096 + 7 * 64 + 64, &random)
      } else {
        let heads = 4096 + (128 << 10)
        let start = [0, 0, heads].randomElement(using: &random)!
        damage(&image.intake, from: start, 4096 * 2, &random)
      }
    }
  }

  /// One word, a range, or the end of the first `count` bytes from `start` on.
  private static func damage(
    _ file: inout KilledDaemon.File, from start: Int = 0, _ count: Int, _ random: inout Seeded
  ) {
    let end = min(file.bytes.count, start + count)
    guard end >= start + 8 else { return }
    switch Int.random(in: 0..<20, using: &random) {
    case 0: file.cut(to: Int.random(in: 0...file.byteCount, using: &random))
    case 1: file.byteCount += 4096
    case 2...4:
      let from = Int.random(in: start..<end, using: &random)
      for index in from..<Int.random(in: from...end, using: &random) {
        file.bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
    default:
      let at = Int.random(in: start / 8..<end / 8, using: &random) * 8
      // Most words that are used are not zero; the others are as good for a mistake, but many.
      let isUsed = file.bytes[at..<at + 8].contains { $0 != 0 }
      if !isUsed, random.next() % 8 != 0 { return damage(&file, from: start, count, &random) }
      var old: UInt64 = 0
      for index in 0..<8 { old |= UInt64(file.bytes[at + index]) << UInt64(index * 8) }
      let word = [
        0, 1, 8, 1 << 62, 1 << 63, .max, .max - 7, random.next(), old &+ 8, old &- 8,
        old ^ 1 << 40,
      ].randomElement(using: &random)!
      file.store(word, at: at)
    }
  }
}

extension KilledDaemon.File {
  fileprivate mutating func store(_ word: UInt64, at offset: Int) {
    for index in 0..<8 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: word >> UInt64(index * 8))
    }
  }
}
