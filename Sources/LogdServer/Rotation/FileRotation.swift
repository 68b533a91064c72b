// A rotation: the log file becomes an archive, and a new one takes its place.
//
//   at rest ──▶ renamed ──▶ made ──▶ handed over ──▶ left ──▶ at rest
//      ▲           │
//      └───────────┘ no new file can be made: named back
//
//   renamed      rename of the log file to the name of an archive, which nobody has; the writer goes
//                on in it
//   made         a new file at the path
//   handed over  to the writer, which finishes its batch in the old file and changes
//   left         the old file is an archive: it is synced with the next sync, may be compressed and
//                removed
//
// Each step is one call. Killed after any of them, the next daemon finds the last batch in the old
// file by its identity, in the same directory or by its stored descriptor, makes the new file if it
// is not there, and writes to it. Nothing is compressed or removed before that batch is finished.
//
// Faults: a path that is another's by now, or nobody's, was renamed by somebody else: it is opened
// again and nothing is renamed. A link is not rotated: what it leads to would stay.

internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// Renames the log file and makes a new one. On a thread that may wait for the disk.
struct FileRotation: Sendable {
  let path: String
  let names: ArchiveNames
  /// Held while a name is chosen, and while one is given up for its compressed form.
  let naming: NamingLock
  let open: @Sendable () throws(SystemError) -> LogFile

  enum Outcome: Sendable {
    /// The file is empty.
    case nothing
    /// The archive's name; nil: the file had been renamed already.
    case made(LogFile, archive: String?)
  }

  func run(_ old: LogFile) throws(SystemError) -> Outcome {
    guard try isOurs(old) else { return .made(try open(), archive: nil) }
    let status = try SystemError.naming("examine", path) { () throws(Errno) in try old.status }
    guard status.bytes > 0 else { return .nothing }
    let archive = try rename()
    CrashPoint.afterRename.pass()
    do throws(SystemError) {
      let new = try open()
      CrashPoint.afterMake.pass()
      return .made(new, archive: archive)
    } catch {
      // The writer goes on in it, under its own name. Where not even that can be done it is an
      // archive that grows until there is a new file.
      _ = unsafe clinux_rename_new(names.path(archive), path)
      throw error
    }
  }

  private func isOurs(_ old: LogFile) throws(SystemError) -> Bool {
    do throws(Errno) {
      let found = try FileStatus(of: path, followingLinks: false)
      if found.kind == .link { throw Errno(ELOOP) }
      return old.identity.isOf(found)
    } catch {
      if error.isMissing { return false }
      throw SystemError("rotate", path, error)
    }
  }

  private func rename() throws(SystemError) -> String {
    try naming.hold { (last) throws(SystemError) -> String in
      let now = Clock.realtimeNanoseconds()
      let second = now / 1_000_000_000
      // Behind all of the same second, also behind one that is compressed or removed meanwhile: the
      // names are in the order in which the files were written.
      let taken = try SystemError.naming("read", names.directory) { () throws(Errno) in
        try Directory.names(in: names.directory)
      }.compactMap(names.archive).filter { $0.closed == second }.map(\.number)
      let highest = max(taken.max() ?? -1, last.second == second ? last.number : -1)
      let name = names.name(closed: now, number: highest + 1)
      try SystemError.naming("rename", path) { () throws(Errno) in
        _ = try check(unsafe clinux_rename_new(path, names.path(name)))
      }
      last = (second, highest + 1)
      return name
    }
  }
}

/// Who changes the names of archives: one thread at a time. Knows the name that was given last.
final class NamingLock: Sendable {
  private let last = Mutex<(second: Int64, number: Int)>((0, 0))

  func hold<Value>(
    _ body: (inout (second: Int64, number: Int)) throws(SystemError) -> Value
  ) throws(SystemError) -> Value {
    try last.withLock { (last) throws(SystemError) in try body(&last) }
  }
}
