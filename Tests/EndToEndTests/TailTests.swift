internal import FoundationEssentials
internal import Glibc
internal import LogdPlatform
internal import Testing

@Suite struct `logctl tail` {
  /// Rotated by the daemon, the archives compressed by somebody, the daemon killed and started again.
  @Test func `-f over rotations, compressed archives and kill -9 shows every record once`() throws {
    let place = try Place()
    var daemon = try TestDaemon(place)
    defer { daemon.process.kill() }
    let tail = try place.start(.logctl, ["tail", "-n", "0", "-f", "--ident", "worker"])
    try daemon.wait("be followed") { try isFollowed(tail) }
    let worker = try Worker("worker", place.runtimeDirectory, pauseMicroseconds: 100)
    for round in 0..<12 {
      let before = try place.archives().count
      // An empty file is not rotated.
      try daemon.wait("be written to") { try !place.text(of: place.logFile).isEmpty }
      #expect(try place.run(.logctl, ["rotate"]).ending == .exited(0))
      try daemon.wait("rotate") { try place.archives().count > before }
      if round % 2 == 0, let archive = try place.archives().first(where: { $0.hasSuffix(".log") }) {
        #expect(try place.run(.gzip, [place.file(archive)]).ending == .exited(0))
      }
      if round % 4 == 3 {
        daemon.process.kill()
        daemon = try TestDaemon(place)
      }
    }
    worker.finish()
    #expect(worker.count > 0 && worker.undelivered == 0)
    #expect(try place.run(.logctl, ["flush"]).ending == .exited(0))
    let last = "record \(worker.count - 1)\n"
    try daemon.wait("be followed to the end") { tail.standardOutput.hasSuffix(last) }
    let numbers = tail.standardOutput.split(separator: "\n").map { line in
      line.split(separator: " ").last.flatMap { Int($0) } ?? -1
    }
    #expect(numbers == Array(0..<worker.count))
    #expect(tail.standardError == "")
    daemon.stop()
  }

  /// It has made its watch, after it has opened the file.
  private func isFollowed(_ tail: RunningProgram) throws -> Bool {
    let directory = "/proc/\(tail.pid)/fd"
    return try Directory.names(in: directory).contains { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "\(directory)/\(name)")
      return target?.contains("inotify") ?? false  // closed meanwhile: it is not the watch
    }
  }

  @Test func `jq reads what the daemon writes as JSON, and what query makes of text`() throws {
    let place = try Place()
    for format in ["json", "text"] {
      let options = ["--set", "file.format=\(format)"]
      try withDaemon(in: place, options) { _ in
        let worker = try Worker(format, place.runtimeDirectory, 100)
        worker.finish()
        #expect(try place.run(.logctl, ["flush"]).ending == .exited(0))
      }
    }
    let all = try place.run(.logctl, ["query", place.logFile, "--output", "json"])
    try place.write(all.output, to: "all.json")
    let filter = "[.[] | select(.ident == \"json\" or .ident == \"text\") | .msg] | length"
    let jq = try place.run(.jq, ["-s", filter, place.file("all.json")])
    #expect(jq.output == "200\n", "\(jq.errors)")
  }
}
