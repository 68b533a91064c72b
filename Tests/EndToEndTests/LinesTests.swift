internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// lines.sock: any bytes at all.
@Suite struct `lines dot sock` {
  private func texts(_ place: Place) throws -> [String] {
    try place.records().filter { $0.ident == "lines" }.map(\.text)
  }

  @Test func `half a line at the end is a record, whoever ends`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try TextClient(place)
      try client.send("one\ntw")
      client.end()
      try daemon.wait("write the half line") { try texts(place) == ["one", "tw"] }
      try daemon.wait("hang up") { client.isHungUp }
      let other = try TextClient(place)
      try other.send("three\nfou")
      try daemon.wait("write") { try texts(place) == ["one", "tw", "three"] }
      daemon.stop()
      #expect(try texts(place) == ["one", "tw", "three", "fou"])
    }
  }

  @Test func `a line that comes byte by byte is one`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try TextClient(place)
      for byte in "{\"msg\":\"slow\",\"ident\":\"lines\"}\n".utf8 { try client.send([byte]) }
      try daemon.wait("write it") { try texts(place) == ["slow"] }
    }
  }

  @Test func `NULs, bytes that are no UTF-8, and carriage returns`() throws {
    let place = try Place()
    let lines: [[UInt8]] = [
      [0], Array("a\0b".utf8), [0xff, 0xfe, 0xc3],
      Array("{\"msg\":\"".utf8) + [0xff] + Array("\"}".utf8),
      Array("a\u{1b}[2J".utf8),
    ]
    try withDaemon(in: place) { daemon in
      let client = try TextClient(place)
      for line in lines { try client.send(line + [10]) }
      try client.send("crlf\r\n")
      try daemon.wait("write all") { try texts(place).last == "crlf" }
      let messages = try place.records().filter { $0.ident == "lines" }.map(\.message)
      #expect(messages == lines.prefix(3) + [[0xff], lines[4], Array("crlf".utf8)])
    }
  }

  @Test func `ten megabytes without a newline are one record, cut, and cost no memory`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let before = try place.status().memory_bytes
      let client = try TextClient(place)
      let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      for _ in 0..<10 { try client.send(chunk) }
      try client.send("\nnext\n")
      try daemon.wait("write the next") { try texts(place).last == "next" }
      let records = try place.records().filter { $0.ident == "lines" }
      try #require(records.map(\.text.utf8.count) == [48 << 10, 4])
      #expect(records[0].fields.last?.isDaemons == true)
      let status = try place.status()
      #expect(status.lines_cut == 1 && status.lines_malformed == 0 && status.isBalanced)
      #expect(status.memory_bytes < before + 4 << 20)
    }
  }

  @Test func `what looks like JSON and is not is kept and counted`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try TextClient(place)
      let deep = "{\"a\":" + String(repeating: "[", count: 40_000)
      try client.send("{oops\n\(deep)\n{\"msg\":\"good\",\"ident\":\"lines\"}\n")
      try daemon.wait("write all") { try texts(place).last == "good" }
      #expect(try texts(place) == ["{oops", deep, "good"])
      let status = try place.status()
      #expect(status.lines_malformed == 2 && status.isBalanced)
      let row = try #require(status.clients.first)
      #expect(row.door == "lines" && row.ident == "lines" && row.records == 3 && row.malformed == 2)
      #expect(row.pid == getpid() && row.uid == getuid())
    }
  }

  @Test func `a forged pid is a field, and the kernel's stands in front`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let client = try TextClient(place)
      try client.send("{\"msg\":\"m\",\"pid\":1,\"ident\":\"logd\"}\n<9>logd[1]: sys\n")
      try daemon.wait("write both") { try place.records().contains { $0.text == "sys" } }
      let records = try place.records().filter { ["m", "sys"].contains($0.text) }
      try #require(records.map(\.ident) == ["logd_", "logd_"])
      #expect(records.map(\.pid) == [getpid(), getpid()])
      #expect(records[0].value("pid") == .integer(1))
      #expect(records[1].value("syslog_pid") == .string(Array("1".utf8)))
    }
  }

  /// The daemon stands still until the request lies beside the lines, of which a turn takes a few: so
  /// it cannot have read them before by itself. And again as soon as the answer is there.
  @Test(arguments: ["8MiB", "128KiB"])
  func `flush covers what lies in the socket`(intake: String) throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "ring.intake_size=\(intake)"]) { daemon in
      let clients = try (0..<8).map { _ in try TextClient(place) }
      let control = try TextClient(place, "control.sock")
      for number in 0..<3 {
        daemon.process.pause()
        for client in clients {
          try client.send(String(repeating: "xxxxxxxx\n", count: 15_000) + "record \(number)\n")
        }
        try control.send("{\"method\":\"io.logd.Flush\"}\0")
        daemon.process.resume()
        let answer = try control.receive()
        daemon.process.pause()
        #expect(answer == "{\"parameters\":{}}\0")
        let written = try texts(place).count { $0 == "record \(number)" }
        daemon.process.resume()
        try #require(written == clients.count)
      }
    }
  }

  @Test func `while the disk takes nothing senders wait, and then all is there`() throws {
    let place = try Place()
    let disk = try FailingDisk(place)
    let line = String(repeating: "x", count: 1000)
    try withDaemon(
      in: place, ["--set", "ring.intake_size=128KiB"], environment: disk.environment
    ) { daemon in
      disk.hangWrites(true)
      let client = try TextClient(place)
      var sent = 0
      var silent = 0
      // The ring, the socket and the batch are full when nothing goes for so many looks at the status.
      while silent < 5 {
        let rest = Array("\(sent) \(line)\n".utf8)
        let taken = try client.sendSome(rest)
        if taken == 0 {
          _ = try place.status()
          silent += 1
        } else {
          silent = 0
          if taken < rest.count { disk.hangWrites(false) }
          try client.send(Array(rest[taken...]))
          sent += 1
        }
        #expect(sent < 10_000)
      }
      #expect(try place.status().clients.count == 1)
      disk.hangWrites(false)
      try client.send("last\n")
      try daemon.wait("write all") { try texts(place).last == "last" }
      let isExact = try texts(place) == (0..<sent).map { "\($0) \(line)" } + ["last"]
      #expect(isExact)
      #expect(try place.status().isBalanced)
    }
  }

  @Test func `beyond its rate a client is suppressed, and a record says how many`() throws {
    let place = try Place()
    let options = ["--set", "limits.rate_burst=10", "--set", "limits.rate_interval=200ms"]
    try withDaemon(in: place, options) { daemon in
      let client = try TextClient(place)
      try client.send((0..<100).map { "record \($0)\n" }.joined())
      let other = try TextClient(place)
      try other.send("innocent\n")
      try daemon.wait("tell") {
        try place.records().contains { $0.text == "records were suppressed" }
      }
      let written = try texts(place)
      #expect(written.prefix { $0 != "innocent" }.count == 10)
      #expect(written.contains("innocent"))
      let told = try #require(try place.records().first { $0.text == "records were suppressed" })
      #expect(told.value("count") == .integer(90))
      #expect(told.value("client_pid") == .integer(Int64(getpid())))
      let status = try place.status()
      #expect(status.records_suppressed == 90 && status.isBalanced)
      #expect(status.clients.map(\.suppressed).max() == 90)
    }
  }

  @Test func `beyond the limits of connections nobody is let in`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "listen.max_clients_per_uid=3"]) { daemon in
      var clients: [TextClient] = []
      // What has seen that the daemon serves was a connection too, and may not be forgotten yet.
      try daemon.wait("serve three") {
        clients.removeAll { $0.isHungUp }
        while clients.count < 3 { clients.append(try TextClient(place)) }
        for client in clients { try? client.send("a client\n") }
        return try texts(place).count >= 9 && !clients.contains { $0.isHungUp }
      }
      let fourth = try TextClient(place)
      try daemon.wait("hang up") { fourth.isHungUp }
      try daemon.wait("say why") {
        try place.records().contains {
          $0.text == "a client was refused"
            && $0.value("reason") == .string(Array("listen.max_clients_per_uid is 3".utf8))
        }
      }
      clients[0].end()
      try daemon.wait("take leave") { clients[0].isHungUp }
      let fifth = try TextClient(place)
      try fifth.send("let in\n")
      try daemon.wait("write it") { try texts(place).last == "let in" }
    }
  }
}

/// Those who send lines as fast as they are read, beside others.
///
/// What stands between the end of the file when a record was logged and the record was written while it
/// waited: some turns of the others, and a batch or two. It is bytes, not time, so that a slow machine
/// fails nobody.
@Suite struct `Noisy senders of lines` {
  private static let records = 40
  private static let bytesMax = 512 << 10

  /// Has `log` log one record after the other beside four noisy senders.
  private func expectSoon(_ log: (Place) throws -> (Int) throws -> Void) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let log = try log(place)
      let senders = try (0..<4).map { try LineFlood($0, place) }
      try daemon.wait("write noise") { try FileStatus(of: place.logFile).bytes > 1 << 20 }
      var waited: [Int] = []
      for number in 0..<Self.records {
        let size = try FileStatus(of: place.logFile).bytes
        try log(number)
        try daemon.wait("write it") {
          let bytes = try place.bytes(before: "alone \(number)", from: size)
          if let bytes { waited.append(bytes) }
          return bytes != nil
        }
      }
      for sender in senders { sender.finish() }
      daemon.stop()
      waited.sort()
      #expect(waited[waited.count / 2] < Self.bytesMax, "\(waited)")
      let records = try place.records()
      #expect(records.count { $0.ident.hasPrefix("text") } == senders.reduce(0) { $0 + $1.count })
      let alone = records.filter { $0.text.hasPrefix("alone ") }.map(\.text)
      #expect(alone == (0..<Self.records).map { "alone \($0)" })
    }
  }

  @Test func `do not keep a native client's records waiting`() throws {
    try expectSoon { place in
      let client = try RawClient(place, ident: "alone")
      return { client.publish("alone \($0)") }
    }
  }

  @Test func `do not keep one another waiting`() throws {
    try expectSoon { place in
      let client = try TextClient(place)
      return { try client.send("alone \($0)\n") }
    }
  }
}

/// kill -9 of the daemon while clients send lines.
@Suite struct `Lines and a killed daemon` {
  /// A thread that sends numbered lines until it is told to end.
  private func expectExact(_ place: Place, _ clients: Int, counts: [Int]) throws {
    var next = Array(repeating: 0, count: clients)
    for record in try place.records() where record.ident.hasPrefix("text") {
      let client = try #require(Int(record.ident.dropFirst(4)))
      guard record.text == "\(next[client]) " + String(repeating: "y", count: next[client] % 300)
      else {
        Issue.record("\(record.ident) sent \(next[client]), and \(record.text.prefix(40)) came")
        return
      }
      next[client] += 1
    }
    #expect(next == counts)
  }

  @Test func `loses, doubles and tears nothing of connections it has in its bags`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let senders = try (0..<3).map { try LineSender($0, place) }
    for _ in 0..<20 {
      let size = try FileStatus(of: place.logFile).bytes
      try logd.daemon.wait("write") { try FileStatus(of: place.logFile).bytes > size + 300_000 }
      try logd.killChild()
    }
    for sender in senders { sender.finish() }
    // One that ends while there is no daemon.
    logd.daemon.stop()
    try expectExact(place, 3, counts: senders.map(\.count))
  }

  @Test func `loses and doubles no datagram that was sent`() throws {
    let place = try Place()
    let logd = try SupervisedDaemon(place)
    let sender = try DatagramSender(place)
    for _ in 0..<20 {
      let size = try FileStatus(of: place.logFile).bytes
      try logd.daemon.wait("write") { try FileStatus(of: place.logFile).bytes > size + 100_000 }
      try logd.killChild()
    }
    sender.finish()
    logd.daemon.stop()
    let texts = try place.records().filter { $0.ident == "datagram" }.map(\.text)
    let isExact = texts == (0..<sender.count).map { "\($0)" }
    #expect(isExact, "\(texts.count) of \(sender.count)")
  }

  @Test func `without anybody who keeps connections what was read is written by the next`() throws {
    let place = try Place()
    let client: TextClient
    do {
      let daemon = try TestDaemon(place)
      client = try TextClient(place)
      try client.send("whole\nhal")
      try daemon.wait("write") { try place.records().contains { $0.text == "whole" } }
      daemon.process.kill()
    }
    try withDaemon(in: place) { daemon in
      try daemon.wait("write the half") { try place.records().contains { $0.text == "hal" } }
      #expect(try place.records().count { $0.text == "whole" } == 1)
    }
    #expect(client.isHungUp)
  }
}
