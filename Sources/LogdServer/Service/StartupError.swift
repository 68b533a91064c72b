public import LogdPlatform

/// Why the daemon does not start: a sentence for the operator, and how the program ends.
public struct StartupError: Error, Equatable, Sendable, CustomStringConvertible {
  public let exitCode: ExitCode
  public let description: String

  public init(_ exitCode: ExitCode, _ description: String) {
    self.exitCode = exitCode
    self.description = description
  }
}
