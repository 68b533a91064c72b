internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform

/// The logd that is measured: one of our own, or one that runs already.
struct DaemonUnderTest: Sendable {
  let runtimeDirectory: String
  let logFile: String
  let format: LogFormat
  let pid: Int32
  /// Where its file ended when we came.
  let offset: Int64
  private let child: Child?

  static func start(_ options: DaemonOptions, at place: Place) throws -> DaemonUnderTest {
    if let running = options.runtimeDir, let file = options.logFile {
      return try DaemonUnderTest(running: running, file, options)
    }
    let file = logFile(at: place)
    place.remove(file)
    var arguments = ["--no-supervise", "--runtime-dir", place.runtimeDirectory]
    arguments += ["--log-file", file, "--set", "file.format=\(options.format)"]
    for setting in options.settings { arguments += ["--set", setting] }
    let child = try Child.start(options.program, arguments)
    try child.waitUntilServing(place.runtimeDirectory + "/native.sock", CLINUX_SEQPACKET)
    return DaemonUnderTest(
      runtimeDirectory: place.runtimeDirectory, logFile: file, format: options.logFormat,
      pid: child.pid, offset: 0, child: child)
  }

  /// Where our own daemon writes.
  static func logFile(at place: Place) -> String { place.file("logd.log") }

  private init(
    runtimeDirectory: String, logFile: String, format: LogFormat, pid: Int32, offset: Int64,
    child: Child?
  ) {
    self.runtimeDirectory = runtimeDirectory
    self.logFile = logFile
    self.format = format
    self.pid = pid
    self.offset = offset
    self.child = child
  }

  /// Asks the kernel who serves the socket.
  private init(running directory: String, _ file: String, _ options: DaemonOptions) throws {
    let path = directory + "/native.sock"
    let socket = Descriptor(owning: clinux_socket(Int32(CLINUX_SEQPACKET.rawValue)))
    let connected = unsafe clinux_connect(socket.raw, path)
    guard connected == 0 else { throw SystemError("connect to", path, Errno(-connected)) }
    var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
    guard unsafe clinux_peer(socket.raw, &pid, &uid, &gid) == 0 else { throw Failure("no peer") }
    self.init(
      runtimeDirectory: directory, logFile: file, format: options.logFormat, pid: pid,
      offset: fileBytes(file), child: nil)
  }

  /// Started here, so that nobody else logs to it.
  var isOurs: Bool { child != nil }

  /// What it has used so far.
  func usage() throws -> ProcessUsage {
    guard let usage = ProcessUsage.of(pid) else { throw Failure("logd (\(pid)) is gone") }
    return usage
  }

  /// The most memory it has had so far, with the pages of files and rings that it maps.
  var peakBytes: Int { (ProcessUsage.status(pid, "VmHWM") ?? 0) * 1024 }

  /// Ends our own daemon, so that everything is in the file; a running one is left alone.
  func stop() throws {
    guard let child else { return }
    child.send(SIGTERM)
    let code = child.wait().code
    guard code == 0 else { throw Failure("logd ended with code \(code)") }
  }

  /// Ends our own daemon whatever state it is in.
  func kill() {
    guard let child else { return }
    child.send(SIGKILL)
    _ = child.wait()
  }
}

extension DaemonOptions {
  var logFormat: LogFormat { format == "json" ? .json : .text }

  /// The logd to start.
  var program: String { logd ?? OwnDirectory.program("logd") }
}

/// How long the file is; 0 when there is none.
func fileBytes(_ path: String) -> Int64 {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
}
