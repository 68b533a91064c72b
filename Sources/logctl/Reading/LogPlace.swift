internal import ArgumentParser
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

extension DaemonOptions {
  /// The log file: the daemon says where it is; where none answers, and none was named, it is where
  /// daemons write by default.
  func logFile() throws -> String {
    let path = try daemonsFile()
    guard path.isEmpty else { return path }
    try Ending.fail(
      .unavailable,
      "the daemon keeps no log file, as journald.handoff is \"only\": ask journalctl, or name a file"
    )
  }

  private func daemonsFile() throws(ControlError) -> String {
    do throws(ControlError) {
      return try connect().status().file.path
    } catch {
      let environment = Environment.current
      let usual = environment.isSystem ? "/var/log/logd/logd.log" : environment.userLogFile
      guard runtimeDir == nil, environment.chosenRuntimeDirectory == nil, let usual,
        (try? FileStatus(of: usual)) != nil  // absent: the daemon was what was missing
      else { throw error }
      return usual
    }
  }
}

/// What was wrong with what was read, for standard error and the exit code.
struct InputReport {
  private var damaged = false
  private var incomplete = false

  /// Says what is wrong with a query's files. `skipped`: how many lines were not shown for it.
  mutating func add(_ query: Query, skipped: Int) {
    for (path, text) in query.troubles { add("\(path) \(text); what could be read is shown") }
    if skipped > 0 { add("\(Printable.number(skipped)) damaged lines skipped") }
  }

  /// Something is wrong with the input.
  mutating func add(_ text: String) {
    damaged = true
    StandardError.print("logctl: \(Printable.text(text))")
  }

  /// Something was not done.
  mutating func addMissing(_ text: String) {
    incomplete = true
    StandardError.print("logctl: \(Printable.text(text))")
  }

  /// Ends with 2 when something was damaged, with 1 when nothing was found or
  /// not all was done.
  func end(found: Bool) throws {
    if damaged { throw ArgumentParser.ExitCode(LogdPlatform.ExitCode.damaged.rawValue) }
    if !found || incomplete {
      throw ArgumentParser.ExitCode(LogdPlatform.ExitCode.incomplete.rawValue)
    }
  }
}
