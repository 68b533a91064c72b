internal import FoundationEssentials
internal import Glibc
internal import LogdArchive
internal import LogdClient
internal import Testing

@Suite struct `logctl and the daemon` {
  private func client(_ place: Place) -> LogClient {
    var options = LogClientOptions()
    options.runtimeDirectory = place.runtimeDirectory
    return LogClient(ident: "worker", options: options)
  }

  @Test func `status counts what was written, and knows who is there`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = client(place)
      for number in 0..<1000 { log.info("record \(number)") }
      try log.flush()
      let status = try place.status()
      #expect(status.state == "running")
      #expect(status.file.path == place.logFile)
      #expect(status.clients.map(\.ident) == ["worker"])
      #expect(status.isBalanced)
      #expect(status.records_written == UInt64(try place.records().count))
    }
  }

  @Test func `every status under load is balanced`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let crew = try (0..<4).map { try Worker("worker\($0)", place.runtimeDirectory) }
      defer { for worker in crew { worker.finish() } }
      for _ in 0..<20 {
        let status = try place.status()
        #expect(status.isBalanced, "\(status)")
        #expect(status.clients.count == 4)
      }
    }
  }

  @Test func `when flush has ended what was logged before is in the file`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "order.window=1s"]) { _ in
      let log = client(place)
      for number in 0..<50 {
        log.info("record \(number)")
        let flush = try place.run(.logctl, ["flush"])
        #expect(flush.ending == .exited(0), "\(flush.errors)")
        let last = try place.records().last { $0.ident == "worker" }
        #expect(last?.text == "record \(number)")
      }
      let durable = try place.run(.logctl, ["flush", "--durable"])
      #expect(durable.ending == .exited(0), "\(durable.errors)")
    }
  }

  @Test func `with nothing to wait for flush needs no time`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = client(place)
      log.info("record")
      #expect(try place.run(.logctl, ["flush"]).ending == .exited(0))
      let flush = try place.run(.logctl, ["flush", "--timeout", "0ms"])
      #expect(flush.ending == .exited(0), "\(flush.errors)")
    }
  }

  @Test func `level shows and sets what is written, and reload puts it back`() throws {
    let place = try Place()
    try place.write("[filter]\nseverity = \"info\"\n", to: "logd.toml")
    try withDaemon(in: place, ["--config", place.file("logd.toml")]) { _ in
      let log = client(place)
      #expect(try place.run(.logctl, ["level"]).output == "info\n")
      #expect(try place.run(.logctl, ["level", "err"]).ending == .exited(0))
      log.warning("left out")
      #expect(try place.run(.logctl, ["level"]).output == "err\n")
      #expect(try place.run(.logctl, ["reload"]).ending == .exited(0))
      #expect(try place.status().severity == "info")
      log.info("written")
      #expect(try place.run(.logctl, ["sync"]).ending == .exited(0))
      try place.write("[filter]\nseverity = \"loud\"\n", to: "logd.toml")
      let wrong = try place.run(.logctl, ["reload"])
      #expect(wrong.ending == .exited(78))
      #expect(wrong.errors.contains("logd.toml:2:12: filter.severity: expected one of"))
      #expect(try place.run(.logctl, ["level", "loud"]).ending == .exited(64))
    }
    let texts = try place.records().filter { $0.ident == "worker" }.map(\.text)
    #expect(texts == ["written"])
  }

  @Test func `tail shows the last lines of the file that the daemon writes`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = client(place)
      for number in 0..<100 { log.info("record \(number)") }
      try log.flush()
      let tail = try place.run(.logctl, ["tail", "-n", "3"])
      #expect(tail.ending == .exited(0))
      let lines = tail.output.split(separator: "\n")
      #expect(
        lines.map { $0.split(separator: "]: ")[1] } == ["record 97", "record 98", "record 99"])
    }
  }

  @Test func `query finds what was logged, in the format asked for`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in
      let log = client(place)
      for number in 0..<100 { log.info("record", [.int("number", number)]) }
      try log.flush()
      let one = try place.run(.logctl, ["query", "--since", "-1h", "--field", "number=42"])
      #expect(one.ending == .exited(0), "\(one.errors)")
      #expect(one.output.hasSuffix(": record number=42\n"))
      let last = try place.run(
        .logctl, ["query", "--ident", "worker", "--reverse", "-n", "2", "--output", "json"])
      let lines = last.output.split(separator: "\n")
      #expect(lines.map { $0.hasSuffix("\"msg\":\"record\",\"number\":99}") } == [true, false])
      #expect(lines.count == 2)
      let none = try place.run(.logctl, ["query", "--until", "-1h"])
      #expect(none.ending == .exited(1))
      #expect(none.output + none.errors == "")
    }
  }

  @Test func `a FIFO is no log, and nothing waits for its writer`() throws {
    let place = try Place()
    let path = place.file("pipe")
    try #require(unsafe mkfifo(path, 0o600) == 0)
    for command in [["query", path], ["tree", path], ["tail", "--file", path]] {
      let end = try place.run(.logctl, command)
      #expect(end.ending == .exited(74), "\(command)")
      #expect(end.errors.hasPrefix("logctl: cannot read the FIFO \(path), which is no file: "))
    }
  }

  @Test func `without a daemon each command ends with 69 and names the place`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in }
    for command in ["status", "clients", "flush", "sync", "reload", "level", "tail", "query"] {
      let end = try place.run(.logctl, [command])
      #expect(end.ending == .exited(69), "\(command)")
      #expect(end.errors.contains("\(place.runtimeDirectory)/control.sock"))
    }
  }
}
