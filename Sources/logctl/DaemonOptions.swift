internal import ArgumentParser
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

/// Which daemon is asked.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The runtime directory of the daemon. Default: $LOGD_RUNTIME_DIR, else /run/logd if a daemon \
      is there, else that of the user.
      """, valueName: "dir"))
  var runtimeDir: String?

  func validate() throws {
    // A variable of a script that is not set: not the default either.
    if runtimeDir == "" { throw ValidationError("--runtime-dir takes a path, not \"\"") }
  }

  func connect() throws(ControlError) -> ControlClient {
    try ControlClient(
      runtimeDirectory: Environment.current.clientRuntimeDirectory(option: runtimeDir))
  }
}

/// How a program ends that could not do what it was asked.
enum Ending {
  /// Runs a command; an error becomes one line on standard error and an exit code.
  static func reporting(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ControlError {
      try fail(exitCode(of: error), "\(error)")
    } catch let error as SystemError {
      try fail(error.errno.isForbidden ? .notPermitted : .inputOutput, "\(error)")
    } catch let mistake as Pattern.Mistake {
      try fail(.inputOutput, "the pattern is too much for a line: \(mistake)")
    } catch let errno as Errno {
      if errno.isClosedPipe { return }  // whoever reads has enough
      try fail(.inputOutput, "cannot write to standard output: \(errno)")
    }
  }

  static func fail(_ code: LogdPlatform.ExitCode, _ text: String) throws -> Never {
    StandardError.print("logctl: \(Printable.text(text))")
    throw ArgumentParser.ExitCode(code.rawValue)
  }

  /// A command that could not be started.
  static func fail(_ error: CommandError, _ text: String) throws -> Never {
    StandardError.print("logctl: \(Printable.text(text))")
    throw ArgumentParser.ExitCode(error.exitCode)
  }

  private static func exitCode(of error: ControlError) -> LogdPlatform.ExitCode {
    switch error {
    case .unreachable(_, let errno): errno.isForbidden ? .notPermitted : .unavailable
    case .silent, .disconnected, .incomprehensible: .unavailable
    case .refused(ControlInterface.Failure.flushTimedOut, _, _): .incomplete
    case .refused(ControlInterface.Failure.permissionDenied, _, _): .notPermitted
    case .refused(ControlInterface.Failure.reloadFailed, _, _): .configuration
    case .refused: .inputOutput
    }
  }
}
