internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Testing

/// A logd of its own for a test, in the foreground, without a supervisor unless it is asked for:
/// then ``process`` is the supervisor.
final class TestDaemon {
  let place: Place
  let process: RunningProgram

  /// Starts it, and returns when `native.sock` takes connections. `path`: another file than where
  /// the program is.
  convenience init(
    _ place: Place, _ options: [String] = [], environment: [String: String] = [:],
    program: Program = .logd, isSupervised: Bool = false, path: String? = nil
  ) throws {
    try self.init(
      starting: place, options, environment: environment, program: program,
      isSupervised: isSupervised, path: path)
    try wait("serve native.sock") { place.isServing("native.sock", CLINUX_SEQPACKET) }
  }

  /// Starts it, and does not wait for anything.
  init(
    starting place: Place, _ options: [String] = [], environment: [String: String] = [:],
    program: Program = .logd, isSupervised: Bool = false, path: String? = nil
  ) throws {
    self.place = place
    let own = [
      isSupervised ? "--supervise" : "--no-supervise", "--runtime-dir", place.runtimeDirectory,
      "--log-file", place.logFile,
    ]
    let arguments = [path ?? program.path] + own + options
    // Through env(1): a preloaded library that changes the environment before main makes Swift
    // lose the arguments, which it looks for beside the environment.
    process = try place.start(.env, arguments, environment: environment)
  }

  /// Returns once `condition` holds. Looks every millisecond; a daemon that ends is noticed at once.
  func wait(
    _ whatFor: String, within limit: Duration = .seconds(10), until condition: () throws -> Bool
  ) throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
      if let ending = process.ending(within: .milliseconds(1)) {
        throw EndToEndFailure("logd \(ending) before it could \(whatFor): \(process.standardError)")
      }
      guard ContinuousClock.now < deadline else {
        throw EndToEndFailure("logd does not \(whatFor) within \(limit)")
      }
    }
  }

  /// Ends it as an administrator does, and sees that it goes in order.
  func stop(_ signal: Int32 = SIGTERM, sourceLocation: SourceLocation = #_sourceLocation) {
    process.send(signal)
    let ending = process.ending(within: .seconds(20))
    #expect(ending == .exited(0), "\(process.standardError)", sourceLocation: sourceLocation)
  }
}

/// Runs `body` with a daemon, stops it and expects exit code 0, unless `body` has ended it.
func withDaemon(
  in place: Place, _ options: [String] = [], environment: [String: String] = [:],
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (TestDaemon) throws -> Void
) throws {
  let daemon = try TestDaemon(place, options, environment: environment)
  defer { daemon.process.kill() }
  try body(daemon)
  if daemon.process.ending(within: .zero) == nil { daemon.stop(sourceLocation: sourceLocation) }
}

extension Place {
  /// What the runtime directory has of sockets.
  var sockets: [String] {
    get throws { try Directory.names(in: runtimeDirectory).filter { $0.hasSuffix(".sock") } }
  }

  /// Whether somebody takes connections on a socket of the runtime directory.
  func isServing(_ name: String, _ type: clinux_socket_type) -> Bool {
    let number = clinux_socket(Int32(type.rawValue))
    guard number >= 0 else { return false }
    let socket = Descriptor(owning: number)
    return unsafe clinux_connect(socket.raw, "\(runtimeDirectory)/\(name)") == 0
  }
}
