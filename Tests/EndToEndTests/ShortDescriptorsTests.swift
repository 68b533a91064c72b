import FoundationEssentials
import Glibc
import LogdArchive
import LogdPlatform
import Testing

@Suite struct `A daemon that may have few descriptors` {
  /// The bags hold more of them than it ever had at a time: those of clients that have gone too.
  @Test func `takes up all clients, and what they had logged`() throws {
    DescriptorLimit.raise()
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let clients = try (0..<300).map { _ in try RawClient(place, ident: "short") }
    let child = try logd.child()
    func openCount() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child)/fd").count
    }
    let all = try openCount()
    let gone = clients.indices.filter { $0 % 5 == 4 }
    for index in gone { clients[index].hangUp() }
    try logd.daemon.wait("let go who is gone") { try openCount() <= all - 2 * gone.count }

    // Before the next one is started, its limit is what this one has open, and a little.
    let limit = try openCount() + 40
    logd.supervisor.pause()
    kill(child, SIGKILL)
    let limiting = try place.run(
      .prlimit, ["--pid=\(logd.supervisor.pid)", "--nofile=\(limit)"])
    try #require(limiting.ending == .exited(0))
    for index in clients.indices where index % 5 != 4 {
      clients[index].publish("last words of \(index)")
      clients[index].hangUp()
    }
    logd.supervisor.resume()
    try logd.daemon.wait("be started again") { try logd.child() != child }
    let expected = clients.indices.filter { $0 % 5 != 4 }.map { "last words of \($0)" }
    try logd.daemon.wait("write what they had logged") {
      let count = try place.records().count { $0.ident == "short" }
      return count == expected.count
    }
    logd.daemon.stop()
    let texts = try place.records().filter { $0.ident == "short" }.map(\.text)
    #expect(texts.sorted() == expected.sorted())
  }
}
