import LogdWire
import Testing

@testable import LogdServer

@Suite struct `The configuration` {
  private func read(_ text: String, set: [String] = []) throws -> Configuration {
    var reader = ConfigurationReader()
    reader.parse(Array(text.utf8), source: "f")
    for assignment in set { reader.set(assignment) }
    return try reader.finish()
  }

  private func complaints(_ text: String, set: [String] = []) -> String {
    do {
      _ = try read(text, set: set)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `nothing at all gives the defaults`() throws {
    #expect(try read("") == Configuration())
  }

  @Test func `every kind of value finds its place`() throws {
    let configuration = try read(
      """
      filter.severity = "warning"
      [listen]
      max_clients = 7
      native = { enabled = false, mode = "0660", group = "adm" }
      [ring]
      size = 2_097_152
      uid_max = "64MiB"
      [order]
      window = "0"
      [file]
      path = "/x/y z.log"
      format = "json"
      sync = "always"
      sync_interval = "1min"
      """)
    var expected = Configuration()
    expected.filter.severity = .warning
    expected.listen.clientsMax = 7
    expected.listen.native = .init(enabled: false, mode: 0o660, group: "adm")
    expected.ring.sizeBytes = 2 << 20
    expected.ring.userBytesMax = 64 << 20
    expected.order.windowNanoseconds = 0
    expected.file.path = "/x/y z.log"
    expected.file.format = .json
    expected.file.sync = .always
    expected.file.syncIntervalNanoseconds = 60_000_000_000
    #expect(configuration == expected)
  }

  @Test func `a command line beats the file, the last one the others`() throws {
    let set = ["ring.size=512KiB", "ring.size=256KiB", "listen.native.enabled=false"]
    let configuration = try read("[ring]\nsize = \"2MiB\"", set: set)
    #expect(configuration.ring.sizeBytes == 256 << 10)
    #expect(!configuration.listen.native.enabled)
  }

  @Test func `a command line takes numbers, names and empty values`() throws {
    let set = ["listen.max_clients=9", "file.group=1000", "listen.native.group=", "file.mode=0600"]
    let configuration = try read("", set: set)
    #expect(configuration.listen.clientsMax == 9)
    #expect(configuration.file.group == "1000")
    #expect(configuration.listen.native.group == nil)
    #expect(configuration.file.mode == 0o600)
  }

  /// Texts, and every complaint about them.
  private static let wrong: [(String, String)] = [
    (
      "[ring\nsize = 1",
      "f:1:6: Error while parsing table header: expected ']', saw '\\n'"
    ),
    (
      "[ring]\nsize = 1\nsize = 2",
      "f:3:8: Error while parsing key-value pair: cannot redefine existing integer 'size'"
    ),
    ("a = 1\n[,x]", "f:2:1: malformed key or section"),
    (
      "\n\n" + String(repeating: "a.", count: 65) + "b = 1",
      "f:3:130: more than 64 dots in one line"
    ),
    ("[ring]\nsizes = \"1MiB\"", "f:2:1: ring.sizes: unknown key; the nearest is ring.size"),
    ("window = \"1s\"", "f:1:1: window: unknown key; the nearest is order.window"),
    ("[rings]\nsize = \"1MiB\"\nx.y = 1", "f:1:1: rings: unknown key; the nearest is ring"),
    ("[kafka]\nhandoff = \"copy\"", "f:1:1: kafka: unknown key"),
    ("[ring]\n\"si ze\" = 1", "f:2:1: ring.\"si ze\": unknown key; the nearest is ring.size"),
    (
      "[ring]\nsize = \"3MiB\"",
      "f:2:8: ring.size: expected a size from 4KiB to 1GiB, a power of two, found \"3MiB\""
    ),
    ("[ring]\nsize = 1.5", "f:2:8: ring.size: expected a size from 4KiB to 1GiB, a power of two"),
    (
      "[ring.size]\nx = 1",
      """
      f:1:1: ring.size: expected a size from 4KiB to 1GiB, a power of two
      f:2:1: ring.size.x: unknown key; the nearest is ring.size
      """
    ),
    (
      "[order]\n  window = \"2s\" # much",
      "f:2:12: order.window: expected a duration from 0ms to 1s, found \"2s\""
    ),
    ("[order]\nwindow = 2", "f:2:10: order.window: expected a duration from 0ms to 1s, found 2"),
    (
      "[listen]\nmax_clients = 0",
      "f:2:15: listen.max_clients: expected a number from 1 to 65536, found 0"
    ),
    (
      "[listen.native]\nenabled = \"yes\"",
      "f:2:11: listen.native.enabled: expected true or false, found \"yes\""
    ),
    (
      "[file]\nmode = \"0888\"",
      "f:2:8: file.mode: expected an octal mode from \"0000\" to \"0777\", found \"0888\""
    ),
    (
      "[file]\ngroup = \"a b\"",
      "f:2:9: file.group: expected the name or number of a group, or \"\", found \"a b\""
    ),
    (
      "[file]\npath = \"x.log\"",
      "f:2:8: file.path: expected an absolute path, or \"\", found \"x.log\""
    ),
    (
      "[file]\npath = \"/x\\u0000y\"",
      "f:2:8: file.path: expected an absolute path, or \"\", found \"/x\\u0000y\""
    ),
    (
      "[file]\npath = \"/x\\ny\"",
      "f:2:8: file.path: expected an absolute path, or \"\", found \"/x\\u000Ay\""
    ),
    (
      "[file]\nmode = \"+666\"",
      "f:2:8: file.mode: expected an octal mode from \"0000\" to \"0777\", found \"+666\""
    ),
    (
      "[file]\nsync = \"often\"",
      "f:2:8: file.sync: expected \"never\" or \"interval\" or \"always\", found \"often\""
    ),
    (
      "[filter]\nseverity = \"error\"",
      """
      f:2:12: filter.severity: expected one of "emerg", "alert", "crit", "err", "warning", \
      "notice", "info", "debug", found "error"
      """
    ),
    (
      "[ring]\nsize = \"64KiB\"",
      "f:2:1: ring.size: ring.size must be at least twice limits.record_max"
    ),
    ("ring.size = \"32MiB\"", "f:1:6: ring.size: ring.size must not be above ring.size_max"),
    (
      "ring.uid_max = \"2GiB\"",
      "f:1:6: ring.uid_max: ring.uid_max must not be above ring.total_max"
    ),
    (
      "listen.max_clients = 0\norder.window = 1\n",
      """
      f:1:22: listen.max_clients: expected a number from 1 to 65536, found 0
      f:2:16: order.window: expected a duration from 0ms to 1s, found 1
      """
    ),
  ]

  @Test(arguments: wrong)
  func `what is wrong is named with its place`(_ text: String, _ complaint: String) {
    #expect(complaints(text) == complaint)
  }

  @Test(arguments: [
    ("ring.sze=1", "--set: ring.sze: unknown key; the nearest is ring.size"),
    ("ring", "--set: expected SECTION.KEY=VALUE, found \"ring\""),
    (
      "ring.size=big",
      "--set: ring.size: expected a size from 4KiB to 1GiB, a power of two, found \"big\""
    ),
  ])
  func `a wrong assignment is named`(_ assignment: String, _ complaint: String) {
    #expect(complaints("", set: [assignment]) == complaint)
  }

  @Test func `bytes that are no text are an error`() {
    var reader = ConfigurationReader()
    reader.parse([0x5B, 0xFF, 0x00, 0xC3], source: "f")
    #expect(throws: ConfigurationError.self) { try reader.finish() }
  }

  /// Mutations of good documents. The seed is printed with a failure, because it is the argument.
  @Test(arguments: 1...40)
  func `no bytes at all make it trap`(_ seed: UInt64) {
    var random = SplitMix(state: seed)
    let seeds = [Configuration().text, Configuration.commentedDefaults, "a.b = {c = [1, {d = 2}]}"]
    let tokens = Array("[]{}=.,\"'#\n\r\\ \t_-+0eé".utf8) + [0, 0xFF]
    for _ in 0..<50 {
      var bytes = Array(seeds.randomElement(using: &random)!.utf8)
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        if Bool.random(using: &random) {
          bytes[index] = tokens.randomElement(using: &random)!
        } else {
          bytes.insert(tokens.randomElement(using: &random)!, at: index)
        }
      }
      var reader = ConfigurationReader()
      reader.parse(bytes, source: "seed \(seed)")
      _ = try? reader.finish()  // right or wrong, but it came back
    }
  }
}

/// A small reproducible source of chance (splitmix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
