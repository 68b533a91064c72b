internal import ArgumentParser

/// Which daemon is measured, and how clients talk to it.
struct DaemonOptions: ParsableArguments, Sendable {
  @Option(help: "The logd to start; default: the one beside this program.")
  var logd: String?

  @Option(help: "Use the running daemon of this runtime directory. Needs --log-file.")
  var runtimeDir: String?

  @Option(help: "The file that the running daemon writes.")
  var logFile: String?

  @Option(
    name: .customLong("set"), help: "Setting for the daemon that is started: SECTION.KEY=VALUE.")
  var settings: [String] = []

  @Option(help: "text or json.")
  var format = "text"

  func validate() throws {
    guard ["text", "json"].contains(format) else { throw ValidationError("--format text or json") }
    guard (runtimeDir == nil) == (logFile == nil) else {
      throw ValidationError("--runtime-dir and --log-file belong together")
    }
  }
}

/// How a client is opened: passed on to the producers.
struct ClientOptions: ParsableArguments, Sendable {
  @Option(help: "Bytes of the ring that is asked for; 0: what the daemon gives.")
  var ring = 0

  @Option(help: "When the ring is full: block, drop, or timeout.")
  var policy = "block"

  @Option(help: "Milliseconds that --policy timeout waits.")
  var timeout = 100

  func validate() throws {
    guard ["block", "drop", "timeout"].contains(policy) else {
      throw ValidationError("--policy block, drop or timeout")
    }
    guard ring >= 0, timeout > 0 else { throw ValidationError("--ring and --timeout are sizes") }
  }

  /// What the options are when nobody names them.
  static func standard() throws -> ClientOptions { try parse([]) }

  var arguments: [String] {
    ["--ring", "\(ring)", "--policy", policy, "--timeout", "\(timeout)"]
  }
}

/// Where the files go.
struct PlaceOptions: ParsableArguments, Sendable {
  @Option(help: "Where to put log files; default: .build, or $TMPDIR.")
  var dir: String?

  @Flag(help: "Measure in memory (tmpfs) if --dir is there.")
  var allowMemory = false

  @Flag(help: "Measure in memory as it is found; otherwise it is touched before each run.")
  var cold = false

  func makePlace() throws -> Place {
    var place = try Place(below: dir, allowMemory: allowMemory)
    place.isCold = cold
    return place
  }
}
