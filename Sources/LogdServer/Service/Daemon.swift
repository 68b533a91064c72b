public import LogdPlatform

/// The daemon.
public struct Daemon {
  private let configuration: Configuration
  private let paths: RuntimePaths

  public init(configuration: Configuration, paths: RuntimePaths) {
    self.configuration = configuration
    self.paths = paths
  }

  public func run() -> ExitCode { .success }
}
