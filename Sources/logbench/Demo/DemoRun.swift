internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The demonstration, step by step, told on standard output.
struct DemoRun {
  private let place: Place
  private let workers: Int
  private let seconds: Int
  private let tree: String
  private let daemon: Child
  private var logFile: String { place.file("logd.log") }

  /// Starts the daemon with its built-in defaults, whatever is configured on this machine.
  init(_ place: Place, workers: Int, seconds: Int, tree: String) throws {
    self.place = place
    self.workers = workers
    self.seconds = seconds
    self.tree = tree
    let arguments = [
      "--config", "/dev/null", "--runtime-dir", place.runtimeDirectory, "--log-file",
      place.file("logd.log"),
    ]
    Self.title("logd \(arguments.joined(separator: " "))")
    daemon = try Child.start(OwnDirectory.program("logd"), arguments)
    try daemon.waitUntilServing(place.runtimeDirectory + "/native.sock", CLINUX_SEQPACKET)
  }

  mutating func run() throws -> DemoFindings {
    do {
      return try measure()
    } catch {
      daemon.send(SIGKILL)
      _ = daemon.wait()
      throw error
    }
  }

  private mutating func measure() throws -> DemoFindings {
    Self.title("\(workers) worker processes hash the files of \(tree) and log each one")
    let (start, reports) = try work()
    Self.title("logctl tail -n 8")
    try logctl(["tail", "-n", "8"])
    daemon.send(SIGTERM)
    let end = daemon.wait()
    guard end.code == 0 else { throw Failure("logd ended with code \(end.code)") }
    Self.title("every record, read back from the \(fileBytes(logFile)) bytes of the file")
    let findings = try DemoFindings(logFile, reports)
    print(findings.text, terminator: "")
    Self.title("speed")
    print(DemoSpeed(reports, startNs: start, daemon: end).text)
    return findings
  }

  /// Lets the workers run, and shows the status meanwhile.
  private func work() throws -> (startNs: UInt64, reports: [ProducerReport]) {
    var crew = try Crew(count: workers) { number in
      [
        "hash-files", "--number", "\(number)", "--workers", "\(workers)", "--seconds",
        "\(seconds)", "--tree", tree, "--runtime-dir", place.runtimeDirectory,
      ]
    }
    let status = LiveStatus(place.runtimeDirectory) { [self] in
      try logctl(["status"])
    }
    defer { status.stop() }
    return try crew.run(timeoutNs: UInt64(seconds + 60) * 1_000_000_000) {
      status.start(fullAfter: max(1, seconds / 2))
    }
  }

  private func logctl(_ arguments: [String]) throws {
    fflush(nil)
    let options = ["--runtime-dir", place.runtimeDirectory]
    let end = try Child.start(OwnDirectory.program("logctl"), arguments + options).wait()
    guard end.code == 0 else { throw Failure("logctl ended with code \(end.code)") }
  }

  private static func title(_ text: String) {
    print("\n== \(text)")
    fflush(nil)
  }
}
