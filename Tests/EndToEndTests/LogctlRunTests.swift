internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// `logctl send` and `logctl run`, with real commands.
@Suite struct `logctl logs` {
  /// Runs a shell script that finds logctl as `$0`; what became of it, and the records but logd's.
  private func shell(
    _ script: String, options: [String] = []
  ) throws -> (end: Finished, records: [LogRecord]) {
    let place = try Place()
    var end: Finished?
    try withDaemon(in: place, options) { _ in
      end = try place.run(
        .env, ["sh", "-c", script, Program.logctl.path], within: .seconds(60))
    }
    return (try #require(end), try place.records().filter { $0.ident != "logd" })
  }

  private func summary(_ records: [LogRecord]) -> [String] {
    records.map { record in
      let fields = record.fields.map { field in
        let key = String(decoding: field.key, as: UTF8.self)
        guard case .string(let text) = field.value else { return "\(key)=\(field.value)" }
        return "\(key)='\(String(decoding: text, as: UTF8.self))'"
      }
      return (["\(record.severity.name)", record.ident, record.text] + fields)
        .joined(separator: " ")
    }
  }

  @Test func `send logs a message with its fields, at once in the file`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "order.window=1s"]) { _ in
      let end = try place.run(
        .logctl,
        [
          "send", "--level", "warning", "--ident", "backup job", "--field", "code=-5", "-f",
          "disk=sd b", "-f", "id=007", "-f", "version=1.10", "-f", "ok=true", "-f", "a=b=c",
          "no\nspace = left",
        ])
      #expect(end.ending == .exited(0), "\(end.errors)")
      let sent = try place.records().filter { $0.ident != "logd" }
      #expect(
        summary(sent) == [
          "warning backup_job no\nspace = left code=integer(-5) disk='sd b' id='007'"
            + " version='1.10' ok=bool(true) a='b=c'"
        ])
    }
  }

  @Test func `send logs each line of standard input`() throws {
    let (end, records) = try shell(
      #"printf 'one\n\n  two\r\nbad \377\nlast' | "$0" send -l debug"#)
    #expect(end.ending == .exited(0), "\(end.errors)")
    #expect(
      records.map(\.message) == [
        Array("one".utf8), [], Array("  two\r".utf8), Array("bad ".utf8) + [0xFF],
        Array("last".utf8),
      ])
    #expect(records.allSatisfy { $0.severity == .debug && $0.fields.isEmpty })
  }

  @Test func `a line that is too long is several records, which are the line`() throws {
    for options in [[], ["--set", "limits.record_max=1KiB"]] {
      let (end, records) = try shell(
        #"(head -c 300000 /dev/zero | tr '\0' x; echo; echo short) | "$0" send -f k=v"#,
        options: options)
      #expect(end.ending == .exited(0), "\(end.errors)")
      let long = records.dropLast()
      #expect(long.count > 8 && long.allSatisfy { $0.value("_cut", fromDaemon: true) == nil })
      // Apart from the expectation, which would look for the difference of large lists for minutes.
      let isLine = long.flatMap(\.message) == [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
      #expect(isLine)
      let breaks = long.map { $0.value("line_break") == .string(Array("line_max".utf8)) }
      #expect(breaks.dropLast().allSatisfy { $0 } && breaks.last == false)
      #expect(records.last.map { summary([$0]) } == ["info logctl short k='v'"])
    }
  }

  @Test func `without a daemon it says where it looked, and runs nothing`() throws {
    let place = try Place()
    let path = "\(place.runtimeDirectory)/native.sock"
    for arguments in [["send", "x"], ["run", "--", "touch", place.file("ran")]] {
      let end = try place.run(.logctl, arguments)
      #expect(end.ending == .exited(69))
      #expect(end.errors == "logctl: no daemon at \(path): No such file or directory\n")
    }
    #expect(unsafe access(place.file("ran"), F_OK) != 0)
  }

  @Test(arguments: [
    ["send", "--level", "loud", "x"], ["send", "--field", "novalue", "x"],
    ["send", "--field", "=v", "x"], ["run"], ["run", "--level", "loud", "--", "true"],
  ])
  func `wrong arguments are 64`(arguments: [String]) throws {
    let place = try Place()
    #expect(try place.run(.logctl, arguments).ending == .exited(64))
  }

  @Test func `run logs both streams, and passes on the exit code`() throws {
    let (end, records) = try shell(
      #""$0" run --stderr-level crit -- sh -c 'echo out; echo err >&2; printf half; exit 7'"#)
    #expect(end.ending == .exited(7) && end.output.isEmpty && end.errors.isEmpty)
    #expect(
      Set(summary(records)) == ["info sh out", "crit sh err", "info sh half line_break='eof'"])
  }

  @Test(arguments: [("nosuch", 127), ("/etc/passwd", 126)])
  func `a command that cannot be started is said as by shells`(
    command: String, code: Int32
  ) throws {
    let (end, _) = try shell("\"$0\" run -- \(command)")
    #expect(end.ending == .exited(code))
    #expect(end.errors.hasPrefix("logctl: \(command): "))
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV])
  func `a command that a signal ends ends logctl by the same signal`(signal: Int32) throws {
    let (end, records) = try shell("exec \"$0\" run -- sh -c 'echo here; kill -\(signal) $$'")
    #expect(end.ending == .killed(signal), "\(end.errors)")
    #expect(records.map(\.text) == ["here"])
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
  func `a signal is passed on to the command`(signal: Int32) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let script = "trap 'echo caught; exit 9' \(signal); echo ready; while :; do sleep 0.01; done"
      let run = try place.start(.logctl, ["run", "--", "sh", "-c", script])
      try daemon.wait("get the first line") { try place.hasRecord(of: "sh") }
      run.send(signal)
      #expect(run.ending(within: .seconds(20)) == .exited(9), "\(run.standardError)")
      #expect(try place.records().suffix(1).map(\.text) == ["caught"])
    }
  }

  @Test func `what outlives the command is logged too, unless a signal ends the wait`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let late = try place.run(
        .logctl, ["run", "-i", "late", "--", "sh", "-c", "(sleep 0.3; echo late) & exit 5"])
      #expect(late.ending == .exited(5))
      #expect(try place.records().contains { $0.text == "late" })
      let held = try place.start(
        .logctl, ["run", "-i", "held", "--", "sh", "-c", "echo held; sleep 60 & exit 5"])
      try daemon.wait("get the line") { try place.hasRecord(of: "held") }
      // The first may still find the shell.
      try daemon.wait("let go of what holds the streams") {
        held.send(SIGTERM)
        return held.ending(within: .milliseconds(20)) != nil
      }
      #expect(held.ending(within: .zero) == .killed(SIGTERM))
    }
  }

  @Test func `while there is no daemon the command waits, and nothing is lost`() throws {
    let place = try Place()
    let first = try TestDaemon(place)
    defer { first.process.kill() }
    let run = try place.start(.logctl, ["run", "-i", "many", "--", "seq", "1", "200000"])
    try first.wait("get the first line") { try place.hasRecord(of: "many") }
    first.process.kill()
    try withDaemon(in: place) { _ in
      #expect(run.ending(within: .seconds(60)) == .exited(0), "\(run.standardError)")
    }
    let numbers = try place.records().filter { $0.ident == "many" }.map(\.text)
    #expect(numbers.count == 200_000)
    #expect(numbers.elementsEqual((1...200_000).map(String.init)))
  }

  /// A gigabyte of numbered lines.
  @Test func `a gigabyte goes through it line for line`() throws {
    let place = try Place()
    let filler = String(repeating: "m", count: 1000)
    let count = 1_000_000
    try withDaemon(in: place) { _ in
      let run = try place.run(
        .logctl, ["run", "--", "seq", "-f", "%09.0f\(filler)", "1", "\(count)"],
        within: .seconds(120))
      #expect(run.ending == .exited(0), "\(run.errors)")
    }
    let end = Array("\(filler)".utf8)
    var next = 1
    var reader = try LineReader(path: place.logFile)
    try reader.forEachLine { line, _ in
      guard line.count > end.count else { return true }  // logd's own
      let start = line.count - end.count - 9
      let number = line.extracting(start..<start + 9).number
      let isExpected = number == next && line.extracting((start + 9)...).isEqual(to: end)
      if !isExpected { Issue.record("line \(next) is another one") }
      next += 1
      return isExpected
    }
    #expect(next == count + 1)
  }
}

extension Span<UInt8> {
  /// Of decimal digits.
  fileprivate var number: Int {
    var number = 0
    for index in indices { number = number * 10 + Int(self[index]) - 0x30 }
    return number
  }

  fileprivate func isEqual(to bytes: [UInt8]) -> Bool {
    // SAFETY: both have as many bytes as are compared, and live for the call.
    unsafe withUnsafeBufferPointer { mine in
      unsafe mine.count == bytes.count && memcmp(mine.baseAddress!, bytes, bytes.count) == 0
    }
  }
}
