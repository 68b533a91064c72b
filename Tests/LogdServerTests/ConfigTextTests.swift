import LogdWire
import Testing

@testable import LogdPlatform
@testable import LogdServer

@Suite struct `The text of the configuration` {
  private static let shipped =
    #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }
    .joined() + "/config/logd.toml"

  private func read(_ text: String) throws -> Configuration {
    var reader = ConfigurationReader()
    reader.parse(Array(text.utf8), source: "text")
    return try reader.finish()
  }

  /// config/logd.toml is `Configuration.commentedDefaults`: after a change of the table, write it
  /// anew with what this test prints.
  @Test func `the shipped file agrees with the table`() throws {
    let bytes = try FileContents.read(Self.shipped, bytesMax: 1 << 20)
    let text = String(decoding: bytes, as: UTF8.self)
    if text != Configuration.commentedDefaults { print(Configuration.commentedDefaults) }
    #expect(text == Configuration.commentedDefaults)
  }

  @Test func `the shipped file changes nothing`() throws {
    #expect(try read(Configuration.commentedDefaults) == Configuration())
  }

  @Test func `the shipped file, with nothing commented out, is the defaults`() throws {
    let lines = Configuration.commentedDefaults.split(separator: "\n").map { line in
      line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
    }
    let text = lines.joined(separator: "\n")
    #expect(try read(text) == Configuration())
    for key in ConfigurationKey.all { #expect(text.contains("\n\(key.name) = ")) }
  }

  @Test func `its lines fit a page`() {
    for line in Configuration.commentedDefaults.split(separator: "\n") {
      #expect(line.count <= 104, "\(line)")
    }
  }

  @Test func `what is printed reads back`() throws {
    var configuration = Configuration()
    #expect(try read(configuration.text) == configuration)
    configuration.file.path = "/a \"b\"\\é"
    configuration.file.mode = 0o7
    configuration.file.group = "adm"
    configuration.listen.control.enabled = false
    configuration.ring.userBytesMax = (1 << 20) * 3 + 1
    configuration.order.windowNanoseconds = 0
    configuration.filter.severity = .emergency
    #expect(try read(configuration.text) == configuration)
  }

  @Test func `every key has its own name and says what it does`() {
    #expect(Set(ConfigurationKey.all.map(\.path)).count == ConfigurationKey.all.count)
    for key in ConfigurationKey.all { #expect(!key.documentation.isEmpty, "\(key.path)") }
  }

  @Test func `the defaults keep every rule`() {
    for rule in ConfigurationRule.all { #expect(rule.holds(Configuration()), "\(rule.text)") }
  }

  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "ab", 2), ("ring", "ring", 0), ("ring", "rings", 1),
    ("kitten", "sitting", 3),
  ])
  func `edit distance`(_ a: String, _ b: String, _ distance: Int) {
    #expect(editDistance(a, b) == distance)
  }
}
