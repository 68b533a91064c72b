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

/// Renames the log file, makes a new one, and sends it to the writer. On a thread that may wait for
/// the disk.
struct FileRotation: Sendable {
  let path: String
  let names: ArchiveNames
  let files: FileSuccession

  /// False: the file is empty, and stays. `left` is called when the writer has left it, on its thread,
  /// with the archive's name; nil: somebody else had renamed it.
  func run(
    _ old: LogFile, left: @escaping @Sendable (_ archive: String?) -> Void
  ) throws(SystemError) -> Bool {
    try files.hold { (last) throws(SystemError) -> Bool in
      guard try isOurs(old) else {
        files.inbox.reopen(try files.open()) { left(nil) }
        return true
      }
      let status = try SystemError.naming("examine", path) { () throws(Errno) in try old.status }
      guard status.bytes > 0 else { return false }
      let archive = try rename(&last)
      CrashPoint.afterRename.pass()
      files.inbox.reopen(try make(renamed: archive)) { left(archive) }
      return true
    }
  }

  private func make(renamed archive: String) throws(SystemError) -> LogFile {
    do throws(SystemError) {
      let new = try files.open()
      CrashPoint.afterMake.pass()
      return new
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

  /// `last`: what the name of the last archive said.
  private func rename(_ last: inout (second: Int64, number: Int)) throws(SystemError) -> String {
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
