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
      return error.exitCode
    } catch {
      StandardError.print("logd: \(error)")
      return .inputOutput
    }
  }
}
