import Glibc
import LogdPlatform
import TestSupport
import Testing

@testable import LogdArchive

@Suite struct `Following a log` {
  private let directory: LogDirectory
  private let chain: LogChain

  init() throws {
    directory = try LogDirectory()
    chain = LogChain(directory.file("logd.log"))
    directory.write([], to: "logd.log")
  }

  private func follower(_ filter: RecordFilter = .everything) throws -> LogFollower {
    try LogFollower(chain, chain.open(), filter)
  }

  private func append(_ text: String, to name: String = "logd.log") {
    let file = unsafe fopen(directory.file(name), "a")
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  private func rename(_ name: String, to other: String) {
    unsafe _ = Glibc.rename(directory.file(name), directory.file(other))
  }

  private func poll(_ follower: LogFollower) throws -> [String] {
    var lines: [String] = []
    try follower.poll { lines.append(String(decoding: $0.array, as: UTF8.self)) }
    return lines
  }

  @Test func `it begins behind what was there, with whole lines only`() throws {
    append("a\nhalf")
    let follower = try follower()
    append(" line\n")
    #expect(try poll(follower) == ["half line"])
    #expect(try poll(follower) == [])
  }

  /// A file is written, renamed, compressed and removed between looks, by a seed: every line comes
  /// once and in order.
  @Test(arguments: [1, 2, 3, UInt64.random(in: .min ... .max)])
  func `no line is missing or doubled, whatever happens between two looks`(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    let follower = try follower()
    var archives: [String] = []
    var written = 0
    var found: [String] = []
    for step in 0..<300 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        append("line \(written)\n")
        written += 1
      case 5..<7:
        guard try LogFile(chain.path).status.bytes > 0 else { continue }
        // Most rotations fall into one second: then a number tells them apart.
        let number = step % 50 == 0 ? "" : "-\(step % 50)"
        let second = step / 50
        let name = "logd-20261121T02410\(second)Z\(number).log"
        rename("logd.log", to: name)
        if Bool.random(using: &random) { found += try poll(follower) }
        // To the old file it is written until there is a new one.
        append("line \(written)\n", to: name)
        written += 1
        archives.append(name)
        directory.write([], to: "logd.log")
      case 7:
        guard let index = archives.indices.randomElement(using: &random) else { continue }
        let name = archives.remove(at: index)
        let command = Bool.random(using: &random) ? "gzip" : "zstd -q --rm"
        directory.shell("\(command) \(directory.file(name))")
      default: found += try poll(follower)
      }
    }
    append("line \(written)\n")
    found += try poll(follower)
    #expect(found == (0...written).map { "line \($0)" }, "seed \(seed)")
    #expect(follower.missed.isEmpty)
  }

  @Test func `a file that was renamed by another name is followed to its end`() throws {
    let follower = try follower()
    append("a\n")
    rename("logd.log", to: "logd.log.1")
    directory.write([], to: "logd.log")
    append("b\n", to: "logd.log.1")
    #expect(try poll(follower) == ["a", "b"])
    append("c\n", to: "logd.log.1")
    append("d\n")
    #expect(try poll(follower) == ["c", "d"])
  }

  @Test func `a file that was cut is read from its beginning, also when it has grown again`() throws
  {
    append("a long line\n")
    let follower = try follower()
    append("another\n")
    #expect(try poll(follower) == ["another"])
    directory.write([], to: "logd.log")
    append("b\n")
    #expect(try poll(follower) == ["b"])
    directory.write(Array("c, a longer line\n".utf8), to: "logd.log")
    #expect(try poll(follower) == ["c, a longer line"])
  }

  @Test func `an archive that is gone is named`() throws {
    let follower = try follower()
    append("a\n")
    #expect(try poll(follower) == ["a"])
    rename("logd.log", to: "logd-20261121T024100Z.log")
    append("b\n")
    rename("logd.log", to: "logd-20261121T024101Z.log")
    directory.shell("rm \(directory.path)/logd-*")
    append("c\n")
    #expect(try poll(follower) == ["c"])
  }

  @Test func `only what is asked for comes`() throws {
    let follower = try follower(filter { $0.require("k", "7") })
    append("2026-11-21T02:36:01.123456Z info w[1]: a k=7\n")
    append("2026-11-21T02:36:01.123456Z info w[1]: b k=8\nno record k=7\n")
    append("2026-11-21T02:36:01.123456Z info w[1]: c k=\"7\"\n")
    #expect(try poll(follower).map { $0.contains(": a ") } == [true, false])
  }
}

extension RecordFilter {
  /// Every line, also those that are no records.
  static var everything: RecordFilter { filter { $0.keepsDamaged = true } }
}

extension Span<UInt8> {
  var array: [UInt8] { indices.map { self[$0] } }
}
