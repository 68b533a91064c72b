internal import LogdPlatform
internal import LogdWire

// SIGHUP: read the configuration again, open the file again. Both touch the disk: on the
// background thread.
extension Service {
  /// `done`: with what is wrong with the new configuration.
  func reload(_ done: @escaping (String?) -> Void = { _ in }) {
    reloadsWaiting.append(done)
    let (source, before, files, loop, inbox) = (source, configuration, files, loop, writer.inbox)
    let (relay, path) = (relay, paths.logFile)
    reports?.reloadBegins()
    background.run {
      var after = before
      var failure: String?
      do throws(ConfigurationError) {
        let new = try source.load()
        failure = Self.obstacle(from: before, to: new)
        if failure == nil { after = new }
      } catch {
        failure = error.description
      }
      if let failure {
        inbox.say(
          .error, "the configuration was not reloaded, the old one stays in force",
          [("reason", failure)])
      }
      if after.journald.handoff != .only { Self.reopen(files, path, inbox) }
      let (configuration, reason) = (failure == nil ? after : nil, failure)
      loop.post { relay.service?.reloaded(configuration, failure: reason) }
    }
  }

  /// Why a running daemon cannot go over to it.
  private static func obstacle(from old: Configuration, to new: Configuration) -> String? {
    let (before, after) = (old.journald.handoff, new.journald.handoff)
    guard before != after, before == .only || after == .only else { return nil }
    return "journald.handoff cannot become \"\(after)\" from \"\(before)\" in a running daemon, as "
      + "one of them has no log file: restart logd"
  }

  /// Reloads end in the order in which they were asked for.
  private func reloaded(_ new: Configuration?, failure: String?) {
    if let new { apply(new) }
    reports?.reloadEnds()
    reloadsWaiting.removeFirst()(failure)
  }

  /// After an external logrotate the file of that name is another one.
  private static func reopen(_ files: FileSuccession, _ path: String, _ inbox: WriterInbox) {
    do throws(SystemError) {
      try files.reopen()
      inbox.say(.info, "reopened the log file", [("file", path)])
    } catch {
      inbox.say(
        .error, "cannot reopen the log file, writing to the old one", [("reason", "\(error)")])
    }
  }

  func applyWriterSettings() {
    registry.setSeverity(configuration.filter.severity)
    writer.inbox.send(.reconfigure(Self.settings(configuration, limits)))
  }

  /// What can change in a running daemon changes; the log says what waits for the next start.
  private func apply(_ new: Configuration) {
    guard new != configuration else { return }
    var next = configuration
    next.order = new.order
    next.filter = new.filter
    next.file.sync = new.file.sync
    next.file.syncIntervalNanoseconds = new.file.syncIntervalNanoseconds
    next.file.syncSeverity = new.file.syncSeverity
    next.journald = new.journald
    next.file.rotation = new.file.rotation
    configuration = next
    rotator.reconfigure(next.file.rotation)
    applyWriterSettings()
    writer.inbox.say(.notice, "reloaded the configuration")
    if next != new {
      writer.inbox.say(
        .warning, "some changes of the configuration wait for the next start of logd",
        [
          (
            "in_force",
            "order.window filter.severity file.sync file.sync_interval file.sync_severity "
              + "file.max_size file.rotate_every file.keep_* file.compress "
              + "file.min_free journald.*"
          )
        ])
    }
  }
}
