internal import Glibc
internal import LogdPlatform

// What the service has to do with a bad disk.
extension Service {
  /// A reader of standard error that has gone, and a limit of the size of files, setrlimit(2), are
  /// errors of a write, and not the end of the daemon.
  static func ignoreSignalsOfWrites() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// The watch, and the writer's way to it.
  static func watchDisk(
    _ loop: EventLoop, _ writer: Writer, _ syncer: Syncer, _ relay: ServiceRelay,
    _ files: FileSuccession
  ) -> DiskWatch {
    writer.sink.attend = { loop.post { relay.service?.disk.attend() } }
    return DiskWatch(loop, writer, syncer, files)
  }

  static func files(
    _ inbox: WriterInbox, _ configuration: Configuration, _ paths: RuntimePaths
  ) -> FileSuccession {
    FileSuccession(inbox) { () throws(SystemError) -> LogFile in
      // A group that is gone since the start: the new file keeps the daemon's own.
      let group = (try? Account.group(configuration.file.group, key: "file.group")) ?? nil
      return try LogFile(paths.logFile, mode: configuration.file.mode, group: group)
    }
  }

  /// The one who rotates, and the writer's way to it.
  static func rotator(
    _ loop: EventLoop, _ writer: Writer, _ relay: ServiceRelay, _ configuration: Configuration,
    _ files: FileSuccession
  ) throws(Errno) -> Rotator {
    writer.fileEvents.isFull = { loop.post { relay.service?.rotator.attend() } }
    writer.fileEvents.changed = {
      loop.post {
        relay.service?.keepLogFile()
        relay.service?.rotator.fileChanged()
      }
    }
    writer.fileEvents.recovered = {
      loop.post {
        relay.service?.keepLogFile()
        relay.service?.rotator.recovered()
      }
    }
    return try Rotator(loop, writer, configuration.file.rotation, files)
  }

  /// Stopping that comes to nothing, because the disk does not answer or take anything.
  func watchDrain() -> DrainWatch {
    DrainWatch(loop, writer.report) { [unowned self] reason in
      let counters = writer.report.snapshot.counters
      let bytes = bytesWaiting()
      StandardError.warn(
        "logd: stopped without having written everything: \(reason); \(counters.inBatch) records "
          + "in the ledger and \(bytes) bytes in the rings wait for the next logd", severity: 3)
      endAtOnce(.inputOutput)
    }
  }

  /// What is in the rings, by their heads now: the writer, which looks at them else, may be hanging.
  func bytesWaiting() -> UInt64 {
    guard let scratch = try? Mapping(privateByteCount: 4096) else { return 0 }
    return registry.allRings.reduce(0) { $0 + $1.lookFromOutside(scratch) }
  }
}
