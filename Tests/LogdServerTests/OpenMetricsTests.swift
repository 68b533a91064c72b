import LogdControl
import Testing

@testable import logctl

@Suite struct `Metrics` {
  /// A unit chooses its name, and systemd escapes it with backslashes.
  @Test func `names with quotes, backslashes and newlines stay within their label`() {
    var client = ClientSnapshot()
    client.pid = 7
    client.ident = "a\"b"
    client.unit = "dev\\x2dx\n# EOF"
    var status = StatusSnapshot()
    status.clients = [client]
    let lines = OpenMetrics(status, hasClients: true).lines.split(separator: "\n")
    let sample =
      #"logd_client_records_total{pid="7",ident="a\"b",unit="dev\\x2dx\n# EOF"} 0"#
    #expect(lines.contains { $0 == sample })
    #expect(lines.count { $0.hasPrefix("# EOF") } == 1)
  }
}
