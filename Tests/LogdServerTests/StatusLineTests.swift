import LogdControl
import Testing

@testable import LogdServer

@Suite struct `The line for systemctl status` {
  @Test func `state, clients, records, and their rate since the last time`() {
    var line = StatusLine()
    let first = line.text(.running, reason: "", clients: 0, records: 5, now: 1_000_000_000)
    #expect(first == "running; 0 clients, 5 records written")
    let second = line.text(.running, reason: "", clients: 1, records: 2005, now: 3_000_000_000)
    #expect(second == "running; 1 client, 2005 records written, 1000 a second")
  }

  @Test func `a reason stays on its line`() {
    var line = StatusLine()
    let text = line.text(.degraded, reason: "cannot write a\nb", clients: 2, records: 0, now: 0)
    #expect(text == "degraded: cannot write a b; 2 clients, 0 records written")
  }
}
