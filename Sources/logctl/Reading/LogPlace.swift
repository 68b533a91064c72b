internal import ArgumentParser
internal import LogdArchive
internal import LogdControl
internal import LogdPlatform

extension DaemonOptions {
  /// The log file: the daemon says where it is; where none answers, and none was named, it is where
  /// daemons write by default.
  func logFile() throws(ControlError) -> String {
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

  /// Says what is wrong with a query's files.
  mutating func add(_ query: Query) {
    for (path, text) in query.troubles { warn("\(path) \(text); what could be read is shown") }
    if query.damagedLines > 0 {
      warn("\(Printable.number(query.damagedLines)) damaged lines skipped")
    }
  }

  private mutating func warn(_ text: String) {
    damaged = true
    StandardError.print("logctl: \(Printable.text(text))")
  }

  /// Ends with 2 when something was damaged, with 1 when nothing was found.
  func end(found: Bool) throws {
    if damaged { throw ArgumentParser.ExitCode(LogdPlatform.ExitCode.damaged.rawValue) }
    if !found { throw ArgumentParser.ExitCode(LogdPlatform.ExitCode.incomplete.rawValue) }
  }
}
