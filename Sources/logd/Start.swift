internal import LogdPlatform
internal import LogdServer

/// What the command line asks for.
struct Start {
  var config: String?
  var assignments: [String] = []
  var runtimeDirectory: String?
  var logFile: String?
  var supervise: Bool?
  var checksConfig = false
  var printsConfig = false

  /// Runs until the daemon or its supervisor ends; the exit code.
  func run() -> Int32 {
    let environment = Environment.current
    do {
      if supervise ?? !environment.hasServiceManager, !checksConfig, !printsConfig {
        return try Supervisor().run()
      }
      let source = ConfigurationSource(
        file: config, assignments: assignments, environment: environment)
      let configuration = try source.load()
      if printsConfig {
        print(configuration.text, terminator: "")
        return ExitCode.success.rawValue
      }
      let paths = try RuntimePaths(
        runtimeDirectory: runtimeDirectory, logFile: logFile, configuration: configuration,
        environment: environment)
      if checksConfig {
        print("the configuration is right")
        return ExitCode.success.rawValue
      }
      return Daemon(source: source, configuration: configuration, paths: paths).run().rawValue
    } catch let error as ConfigurationError {
      return fail(.configuration, error.description)
    } catch let error as StartupError {
      return fail(error.exitCode, error.description)
    } catch {
      return fail(.inputOutput, "\(error)")
    }
  }

  private func fail(_ code: ExitCode, _ text: String) -> Int32 {
    for line in text.split(separator: "\n") { StandardError.print("logd: \(line)") }
    if !checksConfig { Daemon.delayFailure() }
    return code.rawValue
  }
}
