internal import CLinux
internal import Glibc
public import LogdPlatform

/// The daemon: made of its parts, run until a signal ends it.
public struct Daemon {
  private let source: ConfigurationSource
  private let configuration: Configuration
  private let paths: RuntimePaths

  /// - Parameters:
  ///   - source: where a reload reads the configuration again.
  ///   - configuration: what was read from there.
  public init(source: ConfigurationSource, configuration: Configuration, paths: RuntimePaths) {
    self.source = source
    self.configuration = configuration
    self.paths = paths
  }

  /// Runs in the foreground until SIGTERM or SIGINT. Blocks; call it once, from the main thread.
  public func run() -> ExitCode {
    do {
      let service = try Service(source, configuration, paths, .current)
      return try service.run()
    } catch let error as StartupError {
      StandardError.print("logd: \(error)")
      Self.delayFailure()
      return error.exitCode
    } catch {
      StandardError.print("logd: \(error)")
      Self.delayFailure()
      return .inputOutput
    }
  }

  /// To be called before the end of a start that failed. systemd restarts the unit at once, which is
  /// right after a crash; what an administrator has to put right must not come a hundred times a
  /// second. Waits for a second, if systemd has started this process.
  public static func delayFailure() {
    let starter = Environment.current.variables["SYSTEMD_EXEC_PID"]
    if starter == "\(getpid())" { _ = clinux_poll(-1, 0, 1000) }
  }
}
