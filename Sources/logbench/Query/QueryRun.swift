internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Runs grep and logctl on a large file in turn.
struct QueryRun {
  let bytes: Int
  let rounds: Int
  let place: Place
  let progress: Progress

  func run() throws -> QueryResult {
    try checkRoom()
    progress.say("making a file of \(bytes >> 20) MiB on \(place.fileSystem)")
    let log = try LargeLog(place.file("large.log"), bytes: bytes)
    defer { place.remove(log.path) }
    let number = "order=\(log.number(at: 0.99))"
    let rare = ["grep", "-F", number, log.path]
    let rows = [
      ("grep -F, one line", rare),
      ("query --grep, one line", query(log, ["--grep", number])),
      ("grep -F, every 16th", ["grep", "-F", "worker-03", log.path]),
      ("query --grep, every 16th", query(log, ["--grep", "worker-03"])),
      ("query --field, one line", query(log, ["--field", number])),
      ("query --field, every 16th", query(log, ["--field", "status=203"])),
      ("query --level, none", query(log, ["--level", "err"])),
    ]
    _ = try scan("warm", rare)
    var best = try rows.map { try scan($0.0, $0.1) }
    for round in 1..<max(1, rounds) {
      progress.say("round \(round + 1) of \(rounds)")
      for (index, row) in rows.enumerated() {
        best[index] = best[index].better(try scan(row.0, row.1))
      }
    }
    progress.say("the first line of a time")
    let first = try (0..<rounds).map { round in
      try firstLineSeconds(log, share: (Double(round) + 0.5) / Double(rounds))
    }
    return QueryResult(
      bytes: log.bytes, lines: log.lines, fileSystem: place.fileSystem, scans: best,
      firstLineSeconds: first)
  }

  private func query(_ log: LargeLog, _ conditions: [String]) -> [String] {
    [OwnDirectory.program("logctl"), "query", log.path] + conditions
  }

  private func checkRoom() throws {
    var status = statvfs()
    guard unsafe statvfs(place.directory, &status) == 0 else { return }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    guard free > bytes + bytes / 8 else {
      throw Failure("\(place.directory) has \(free >> 20) MiB free, too little for the file")
    }
  }

  /// Runs a command to its end; its output goes into a file, because grep stops at the first line
  /// when it is /dev/null.
  private func scan(_ name: String, _ command: [String]) throws -> QueryResult.Scan {
    progress.say(name)
    let out = place.file("out")
    let start = Clock.monotonicNanoseconds()
    let child = try Child.start(
      "/bin/sh", ["-c", "LC_ALL=C exec \"$@\" > \"$0\"", out] + command)
    let end = child.wait()
    let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
    guard end.code <= 1 else { throw Failure("\(command) ended with \(end.code)") }
    let bytes = try SystemError.naming("examine", out) { () throws(Errno) in
      try FileStatus(of: out).bytes
    }
    return .init(
      name: name, seconds: seconds, cpuSeconds: end.cpuSeconds, peakBytes: end.peakBytes,
      outputBytes: Int(bytes))
  }

  /// From the start of the process to the first byte of its output.
  private func firstLineSeconds(_ log: LargeLog, share: Double) throws -> Double {
    let pipe = try Pipe.make()
    let command = query(log, ["--since", log.time(at: share)])
    let start = Clock.monotonicNanoseconds()
    let child = try Child.start(
      "/bin/sh", ["-c", "exec \"$@\" >&3", "sh"] + command, descriptors: [pipe.writing.raw])
    let reading = pipe.closeWriting()
    var byte: UInt8 = 0
    let count = unsafe clinux_read(reading.raw, &byte, 1)
    let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
    child.send(SIGKILL)
    _ = child.wait()
    guard count == 1 else { throw Failure("\(command) wrote nothing") }
    return seconds
  }
}
