internal import CLinux
public import LogdPlatform

/// Where the daemon's files are: absolute names, decided once at start.
///
/// The rules are the table "Paths" of the manual: an option beats the environment, that beats the
/// configuration, that beats the default of the system or of the user.
public struct RuntimePaths: Sendable, Equatable {
  public let directory: String
  public let logFile: String
  /// The mode ``prepare()`` makes the directory with.
  let directoryMode: UInt32
  /// The mode of the log file's directories, made when missing; `nil`: the administrator chose
  /// the place and sees to it.
  let logDirectoryMode: UInt32?
  let userID: UInt32

  public var nativeSocket: String { "\(directory)/native.sock" }
  public var linesSocket: String { "\(directory)/lines.sock" }
  public var syslogSocket: String { "\(directory)/syslog.sock" }
  public var intake: String { "\(directory)/intake" }
  public var controlSocket: String { "\(directory)/control.sock" }
  public var ledger: String { "\(directory)/ledger" }

  /// Decides the names; touches nothing.
  ///
  /// - Parameters:
  ///   - runtimeDirectory: `--runtime-dir`, as given.
  ///   - logFile: `--log-file`, as given.
  public init(
    runtimeDirectory: String?, logFile: String?, configuration: Configuration,
    environment: Environment
  ) throws(StartupError) {
    userID = environment.userID
    let chosen = runtimeDirectory ?? environment.chosenRuntimeDirectory
    let system = environment.isSystem
    let fallback =
      system ? Environment.systemRuntimeDirectory : environment.userRuntimeDirectory
    directory = try Self.absolute(chosen ?? fallback)
    directoryMode = chosen != nil || system ? 0o755 : 0o700

    let given = logFile ?? configuration.file.path
    logDirectoryMode = given == nil ? (system ? 0o755 : 0o700) : nil
    let systemLog = system ? "/var/log/logd/logd.log" : nil
    guard let file = given ?? systemLog ?? environment.userLogFile else {
      throw StartupError(
        .configuration,
        "no place for the log file: neither HOME nor XDG_STATE_HOME is set; use --log-file")
    }
    self.logFile = try Self.absolute(file)
    try Self.checkLength(of: nativeSocket, isOption: runtimeDirectory != nil)
    try Self.checkLength(of: controlSocket, isOption: runtimeDirectory != nil)
  }

  private static func absolute(_ path: String) throws(StartupError) -> String {
    do {
      var name = try Directory.absolute(path)[...]
      while name.count > 1, name.hasSuffix("/") { name.removeLast() }
      return String(name)
    } catch {
      throw StartupError(.cannotCreate, "\(SystemError("find", "the current directory", error))")
    }
  }

  /// sockaddr_un holds 107 bytes; a name cut silently would be another's socket.
  private static func checkLength(of socket: String, isOption: Bool) throws(StartupError) {
    let limit = Int(CLINUX_SOCKET_PATH_MAX)
    guard socket.utf8.count > limit else { return }
    throw StartupError(
      isOption ? .usage : .configuration,
      "the runtime directory is too long for a socket: \(socket) has \(socket.utf8.count) bytes, "
        + "the limit is \(limit)")
  }

  /// Makes the directories that are missing and sees that nobody else can change the runtime
  /// directory: who can write there can put his own socket in the place of ours.
  public func prepare() throws(StartupError) {
    do {
      _ = try Directory.make(directory, mode: directoryMode)
    } catch {
      throw StartupError(
        .cannotCreate, "\(SystemError("create", "the runtime directory \(directory)", error))")
    }
    try checkDirectory()
    if let logDirectoryMode { try makeLogDirectory(mode: logDirectoryMode) }
  }

  private func checkDirectory() throws(StartupError) {
    let status: FileStatus
    do {
      status = try FileStatus(of: directory, followingLinks: false)
    } catch {
      throw StartupError(
        .notPermitted, "\(SystemError("examine", "the runtime directory \(directory)", error))")
    }
    guard status.kind == .directory else {
      throw StartupError(.cannotCreate, "\(directory) is not a directory")
    }
    guard status.owner == userID || status.owner == 0 else {
      throw StartupError(
        .notPermitted,
        "the runtime directory \(directory) belongs to user \(status.owner), "
          + "not to user \(userID) or root")
    }
    guard status.mode & 0o022 == 0 else {
      throw StartupError(
        .notPermitted,
        "others can write to the runtime directory \(directory) "
          + "(mode \(String(status.mode, radix: 8))): use chmod go-w")
    }
  }

  private func makeLogDirectory(mode: UInt32) throws(StartupError) {
    guard let slash = logFile.lastIndex(of: "/") else { return }
    let parent = String(logFile[..<slash])
    do {
      try Directory.makeAll(parent, mode: mode)
    } catch {
      throw StartupError(
        .cannotCreate, "\(SystemError("create", "the log directory \(parent)", error))")
    }
  }
}
