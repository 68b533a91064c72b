internal import Glibc
internal import LogdPlatform

/// What a process has used since it began.
struct ProcessUsage: Sendable {
  var userNs: Double = 0
  var systemNs: Double = 0

  static func - (a: ProcessUsage, b: ProcessUsage) -> ProcessUsage {
    ProcessUsage(userNs: a.userNs - b.userNs, systemNs: a.systemNs - b.systemNs)
  }

  /// This process, getrusage(2): exact to a microsecond.
  static var own: ProcessUsage {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func nanoseconds(_ t: timeval) -> Double { Double(t.tv_sec) * 1e9 + Double(t.tv_usec) * 1e3 }
    return ProcessUsage(
      userNs: nanoseconds(usage.ru_utime), systemNs: nanoseconds(usage.ru_stime))
  }

  /// Another process, /proc/PID/stat: in ticks of 10 ms, so look at differences of seconds. Nil when
  /// it is gone.
  static func of(_ pid: Int32) -> ProcessUsage? {
    // The name, in parentheses, may hold anything; after it come state (3) … utime (14), stime (15).
    guard let text = readText("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else {
      return nil
    }
    let rest = text[name...].split(separator: " ")
    guard rest.count > 13, let user = Double(rest[12]), let system = Double(rest[13]) else {
      return nil
    }
    let tickNs = 1e9 / Double(sysconf(Int32(_SC_CLK_TCK)))
    return ProcessUsage(userNs: user * tickNs, systemNs: system * tickNs)
  }

  /// A line `Name:  123 kB` or `Name:  123` of /proc/PID/status.
  static func status(_ pid: Int32, _ name: String) -> Int? {
    guard let text = readText("/proc/\(pid)/status") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
      return line.split(whereSeparator: { " \t:".contains($0) }).dropFirst().first.flatMap {
        Int($0)
      }
    }
    return nil
  }
}

/// A small file as text; nil when it cannot be read.
func readText(_ path: String) -> String? {
  let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard number >= 0 else { return nil }
  defer { close(number) }
  var text: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 16 << 10)
  while true {
    let count = unsafe read(number, &piece, piece.count)
    guard count > 0 else { return count == 0 ? String(decoding: text, as: UTF8.self) : nil }
    text += piece[..<count]
  }
}
