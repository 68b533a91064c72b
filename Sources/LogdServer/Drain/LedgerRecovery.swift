internal import Glibc
internal import LogdPlatform

/// Finishes the batch that a killed daemon left, before anything else is accepted.
///
/// What is in the file is compared with the batch, and what is missing is appended. Nothing is cut
/// back: readers have seen those lines already. Killed in here it starts again and finds more of
/// the batch in the file: each step can be repeated.
struct LedgerRecovery {
  let ledger: Ledger
  /// What the path of the log file names now; usually the file of the batch.
  let current: LogFile
  /// Those that an earlier daemon had open, wherever they are now.
  let stored: [LogFile]

  enum Outcome: Equatable {
    case nothing
    /// So many bytes of the batch were missing in the file.
    case completed(missing: Int, path: String)
    /// Its file is not to be found any more: the whole batch is in the current one.
    case movedToCurrent(bytes: Int)
    /// Its file took no more, for that reason; what was missing is in the current one, which is on another
    /// file system.
    case continued(missing: Int, reason: SystemError)
  }

  private static let chunkBytes = 64 << 10

  func run() throws(SystemError) -> Outcome {
    guard let pending = ledger.pending else { return .nothing }
    guard pending.length > 0 else {
      ledger.finishPending()
      return .nothing
    }
    guard let file = find(pending) else {
      try append(pending, from: 0, isAtEnd: false, to: current)
      return .movedToCurrent(bytes: pending.length)
    }
    do throws(SystemError) {
      return .completed(missing: try finish(pending, in: file), path: file.path)
    } catch {
      // The log was given another disk, because the one of the batch takes no more.
      guard file.identity.device != current.identity.device, let pending = ledger.pending else {
        throw error
      }
      let there = (try? bytesThere(pending, file).bytes) ?? pending.place.start
      try append(pending, from: there, isAtEnd: false, to: current)
      return .continued(missing: pending.length - there, reason: error)
    }
  }

  /// How many bytes were missing.
  private func finish(_ pending: Ledger.Pending, in file: LogFile) throws(SystemError) -> Int {
    let (there, isAtEnd): (Int, Bool)
    do throws(Errno) {
      (there, isAtEnd) = try bytesThere(pending, file)
    } catch {
      throw SystemError("read the last batch in", file.path, error)
    }
    try append(pending, from: there, isAtEnd: isAtEnd, to: file)
    return pending.length - there
  }

  /// What follows that byte of the batch; where the file does not end with it, from its line on.
  private func append(
    _ pending: Ledger.Pending, from there: Int, isAtEnd: Bool, to file: LogFile
  ) throws(SystemError) {
    var start = there
    do throws(Errno) {
      // Killed after this, the next daemon looks for what we append where we append it.
      if start < pending.length {
        if !isAtEnd {
          start = ledger.lineStart(before: start)
          try file.endLastLine()
        }
        ledger.movePending(to: file, from: start)
      }
      CrashPoint.inRecovery.pass {
        let half = start + (pending.length - start) / 2
        _ = try? ledger.writeBatch(from: start, upTo: half, to: file.raw)
      }
      try write(pending, from: start, to: file)
      CrashPoint.afterRecovery.pass()
      ledger.finishPending()
    } catch {
      throw SystemError("finish the last batch in", file.path, error)
    }
  }

  /// The file itself, one that was stored, or one in its directory that was renamed meanwhile.
  private func find(_ pending: Ledger.Pending) -> LogFile? {
    if current.identity == pending.place.file { return current }
    if let file = stored.first(where: { $0.identity == pending.place.file }) { return file }
    guard let slash = current.path.lastIndex(of: "/") else { return nil }
    let directory = String(current.path[..<slash])
    // A directory that cannot be read holds no file for us.
    for name in (try? Directory.names(in: directory)) ?? [] {
      guard let file = try? LogFile(existing: "\(directory)/\(name)") else { continue }
      if file.identity == pending.place.file { return file }
    }
    return nil
  }

  /// Up to which byte the batch is in the file already, and whether the file ends there.
  ///
  /// It is at its place, or, when somebody has emptied the file after the batch was noted
  /// (`copytruncate`), at the top.
  private func bytesThere(
    _ pending: Ledger.Pending, _ file: LogFile
  ) throws(Errno) -> (bytes: Int, isAtEnd: Bool) {
    var best = pending.place.start
    for origin in [pending.place.offset, 0] {
      let there = try bytesThere(pending, file, at: origin)
      if file.offset == origin + UInt64(there - pending.place.start) { return (there, true) }
      best = max(best, there)
    }
    return (best, false)
  }

  private func bytesThere(
    _ pending: Ledger.Pending, _ file: LogFile, at origin: UInt64
  ) throws(Errno) -> Int {
    let chunk = try Mapping(privateByteCount: Self.chunkBytes)
    var done = pending.place.start
    while done < pending.length {
      let wanted = min(Self.chunkBytes, pending.length - done)
      let count = try chunk.fill(
        0, byteCount: wanted, from: file.raw,
        at: origin + UInt64(done - pending.place.start))
      let matching = chunk.withBytes(0, count) { ledger.matchingPrefix(of: $0, at: done) }
      done += matching
      if matching < wanted { return done }
    }
    return done
  }

  private func write(
    _ pending: Ledger.Pending, from start: Int, to file: LogFile
  ) throws(Errno) {
    var written = start
    while written < pending.length {
      let count = try ledger.writeBatch(from: written, upTo: pending.length, to: file.raw)
      written += count
      file.advance(count)
    }
  }
}
