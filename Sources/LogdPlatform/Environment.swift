internal import CLinux
internal import Glibc

/// The user and the environment variables that decide where files are.
///
/// A value, so that the rules can be tested without changing the process.
public struct Environment: Sendable {
  public var userID: UInt32
  public var variables: [String: String]

  public init(userID: UInt32, variables: [String: String]) {
    self.userID = userID
    self.variables = variables
  }

  /// Those of this process. Reads environ(7): call it before there are other threads.
  public static var current: Environment {
    let names = [
      "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGD_RUNTIME_DIR", "NOTIFY_SOCKET", "NO_COLOR",
      "RUNTIME_DIRECTORY", "SYSTEMD_EXEC_PID", "TERM", "TMPDIR", "WATCHDOG_PID", "WATCHDOG_USEC",
      "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]
    var variables: [String: String] = [:]
    for name in names {
      // SAFETY: copied before anybody could call setenv.
      if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
    }
    return Environment(userID: geteuid(), variables: variables)
  }

  /// Root, or a unit of the system's service manager (`RuntimeDirectory=logd`).
  public var isSystem: Bool {
    userID == 0 || variables["RUNTIME_DIRECTORY"] == Environment.systemRuntimeDirectory
  }

  public static let systemRuntimeDirectory = "/run/logd"

  /// Whether a service manager wants to hear how we are, sd_notify(3).
  public var hasServiceManager: Bool { text("NOTIFY_SOCKET") != nil }

  /// Whether the terminal shows UTF-8, as the first of these variables that is set says, locale(7).
  public var hasUnicode: Bool {
    let locale = text("LC_ALL") ?? text("LC_CTYPE") ?? text("LANG") ?? ""
    return ["utf-8", "utf8"].contains { locale.lowercased().hasSuffix($0) }
  }

  /// Whether a terminal can be drawn over: TERM is neither missing nor `dumb`, term(7).
  public var hasScreen: Bool { text("TERM").map { $0 != "dumb" } ?? false }

  /// What `LOGD_RUNTIME_DIR` says.
  public var chosenRuntimeDirectory: String? { text("LOGD_RUNTIME_DIR") }

  /// An ordinary user's runtime directory.
  public var userRuntimeDirectory: String {
    directory("XDG_RUNTIME_DIR").map { "\($0)/logd" } ?? "/tmp/logd-\(userID)"
  }

  /// An ordinary user's log file; `nil` without a home.
  public var userLogFile: String? {
    let home = directory("XDG_STATE_HOME") ?? directory("HOME").map { "\($0)/.local/state" }
    return home.map { "\($0)/logd/logd.log" }
  }

  /// An ordinary user's configuration file; `nil` without a home.
  public var userConfigurationFile: String? {
    let home = directory("XDG_CONFIG_HOME") ?? directory("HOME").map { "\($0)/.config" }
    return home.map { "\($0)/logd/logd.toml" }
  }

  /// Where a client finds the daemon: the first of its own option, `LOGD_RUNTIME_DIR`, the
  /// system's directory if a daemon has been there, the user's directory; root's is the system's.
  public func clientRuntimeDirectory(option: String?) -> String {
    if let chosen = option ?? chosenRuntimeDirectory { return chosen }
    let system = Environment.systemRuntimeDirectory
    if isSystem { return system }
    let socket = try? FileStatus(of: "\(system)/native.sock")  // absent: not this one
    return socket?.kind == .socket ? system : userRuntimeDirectory
  }

  private func text(_ name: String) -> String? {
    variables[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The XDG base directory specification: relative paths are ignored.
  private func directory(_ name: String) -> String? {
    text(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
  }
}
