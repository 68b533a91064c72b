internal import CLinux
internal import Glibc
internal import LogdPlatform

/// What the daemon did and held while nobody talked.
struct IdleResult: Codable, Sendable {
  var clients: Int
  var seconds: Int
  var cpuNs: Double
  var contextSwitches: Int
  /// How often which; nil without strace.
  var systemCalls: [String: Int]?
  var residentBytes: Int
  var residentBytesAlone: Int

  private static func description(_ calls: [String: Int]) -> String {
    let total = calls.values.reduce(0, +)
    let names = calls.sorted { $0.key < $1.key }.map { " \($0.key) \($0.value)" }
    return "\(total) system calls (strace)"
      + (names.isEmpty ? "" : ":" + names.joined(separator: ","))
  }

  var text: String {
    let calls = systemCalls.map(Self.description) ?? "no strace here"
    let each = Double(residentBytes - residentBytesAlone) / Double(clients) / 1000
    return """
      \(clients) idle clients, \(seconds) s: \(calls), \(contextSwitches) context switches, \
      \(rounded(cpuNs / 1e6, 1)) ms of CPU
      resident: \(rounded(Double(residentBytes) / 1e6, 1)) MB, without clients \
      \(rounded(Double(residentBytesAlone) / 1e6, 1)) MB, \(rounded(each, 1)) kB a client

      """
  }
}

/// Connects clients that say nothing, and watches the daemon.
struct IdleRun {
  let clients: Int
  let seconds: Int
  let daemon: DaemonOptions
  let client: ClientOptions
  let place: Place

  func run() throws -> IdleResult {
    try FileLimit.raise()
    let daemon = try DaemonUnderTest.start(daemon, at: place)
    do {
      let alone = try resident(daemon.pid)
      var crew = try Crew(count: 1) { _ in
        ["hold", "--path", daemon.runtimeDirectory, "--clients", "\(clients)"] + client.arguments
      }
      var result: Result<IdleResult, any Error> = .failure(Failure("nothing was measured"))
      _ = try crew.run(timeoutNs: 60_000_000_000) {
        result = Result { try watch(daemon.pid, alone: alone) }
      }
      try daemon.stop()
      return try result.get()
    } catch {
      daemon.kill()
      throw error
    }
  }

  private func resident(_ pid: Int32) throws -> Int {
    guard let kilobytes = ProcessUsage.status(pid, "VmRSS") else { throw Failure("logd is gone") }
    return kilobytes * 1024
  }

  private func watch(_ pid: Int32, alone: Int) throws -> IdleResult {
    try pause(1)
    let before = try look(pid)
    try pause(seconds)
    let after = try look(pid)
    return IdleResult(
      clients: clients, seconds: seconds, cpuNs: after.cpu - before.cpu,
      contextSwitches: after.switches - before.switches,
      systemCalls: try systemCalls(pid), residentBytes: try resident(pid), residentBytesAlone: alone
    )
  }

  /// Processor time to the nanosecond, and how often its threads have gone to sleep.
  private func look(_ pid: Int32) throws -> (cpu: Double, switches: Int) {
    var clock: clockid_t = 0
    var time = timespec()
    let found = unsafe clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &time) == 0
    guard found else { throw Failure("logd is gone") }
    let threads = Place.names(in: "/proc/\(pid)/task").compactMap { Int32($0) }
    let switches = threads.compactMap { ProcessUsage.status($0, "voluntary_ctxt_switches") }
    return (Double(time.tv_sec) * 1e9 + Double(time.tv_nsec), switches.reduce(0, +))
  }

  /// Counts with strace; the first second, in which it attaches, is left out.
  private func systemCalls(_ pid: Int32) throws -> [String: Int]? {
    let strace = "/usr/bin/strace"
    guard unsafe access(strace, X_OK) == 0 else { return nil }
    let output = place.file("strace")
    let tracer = try Child.start(strace, ["-f", "-q", "-ttt", "-o", output, "-p", "\(pid)"])
    defer { _ = tracer.wait() }
    do {
      try pause(1)
      let from = Double(clinux_realtime_ns()) / 1e9
      try pause(seconds)
      let to = Double(clinux_realtime_ns()) / 1e9
      tracer.send(SIGINT)
      return count(output, from: from, to: to)
    } catch {
      tracer.send(SIGINT)
      throw error
    }
  }

  /// Lines `PID 1234567890.123456 name(…`; those of calls that began before have no name.
  private func count(_ path: String, from: Double, to: Double) -> [String: Int] {
    var counts: [String: Int] = [:]
    for line in (readText(path) ?? "").split(separator: "\n") {
      let words = line.split(maxSplits: 2) { $0 == " " }
      guard words.count > 2, let time = Double(words[1]), (from...to).contains(time),
        !words[2].hasPrefix("<")
      else { continue }
      counts[String(words[2].prefix { $0 != "(" }), default: 0] += 1
    }
    return counts
  }

  private func pause(_ seconds: Int) throws {
    for _ in 0..<seconds * 10 {
      usleep(100_000)
      try Interruption.check()
    }
  }
}

/// RLIMIT_NOFILE, for us and those that we start.
enum FileLimit {
  /// Raises the soft limit to the hard one, setrlimit(2).
  static func raise() throws {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      throw SystemError("read", "RLIMIT_NOFILE", .current)
    }
    limit.rlim_cur = limit.rlim_max
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      throw SystemError("raise", "RLIMIT_NOFILE", .current)
    }
  }
}
