import LogdControl
import Testing

@testable import LogdServer

@Suite struct `What is said on control.sock` {
  @Test func `the status is written as Codable reads it`() throws {
    let snapshot = StubDaemon.busySnapshot(clients: 3)
    #expect(try ControlJSON.decode(StatusSnapshot.self, from: snapshot.json) == snapshot)
  }

  @Test func `any text survives`() throws {
    for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) {
      var snapshot = StatusSnapshot()
      snapshot.reason = "a\(scalar)b"
      #expect(try ControlJSON.decode(StatusSnapshot.self, from: snapshot.json) == snapshot)
    }
  }

  @Test func `a number that JSON does not have is 0`() throws {
    var snapshot = StatusSnapshot()
    snapshot.uptimeSeconds = .nan
    let read = try ControlJSON.decode(StatusSnapshot.self, from: snapshot.json)
    #expect(read.uptimeSeconds == 0)
  }

  /// The interface description, the JSON and Codable are three lists of the same names.
  @Test(arguments: ["Status", "Client", "File", "Rings", "Journald"])
  func `the description names every member`(_ type: String) throws {
    let snapshot = StubDaemon.busySnapshot(clients: 1)
    let text = String(decoding: snapshot.json, as: UTF8.self)
    let described = Set(members(of: type))
    #expect(!described.isEmpty)
    for name in described { #expect(text.contains("\"\(name)\":"), "\(name)") }
    let encoded = try ControlJSON.decode([String: Anything].self, from: snapshot.json)
    if type == "Status" { #expect(Set(encoded.keys) == described) }
  }

  private func members(of type: String) -> [String] {
    let lines = ControlInterface.description.split(separator: "\n")
    return lines.drop { $0 != "type \(type) (" }.dropFirst().prefix { $0 != ")" }
      .filter { !$0.contains("#") }
      .compactMap { $0.split(separator: ":").first.map { String($0.drop { $0 == " " }) } }
  }

  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }
}
