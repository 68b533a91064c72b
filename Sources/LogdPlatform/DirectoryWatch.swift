internal import CLinux

/// Wakes when something changes in a directory, inotify(7): without asking again and again, and
/// also when a file is renamed and another takes its name.
public struct DirectoryWatch: ~Copyable {
  private let inotify: Descriptor

  public init(_ directory: String) throws(Errno) {
    let inotify = Descriptor(owning: try check(clinux_inotify()))
    _ = try check(unsafe clinux_inotify_watch(inotify.raw, directory))
    self.inotify = inotify
  }

  /// Blocks until something has changed since the last call. What it was does not matter: the
  /// caller looks, so that nothing depends on events that a full queue may lose.
  public func wait() throws(Errno) {
    while true {
      let ready = clinux_poll(inotify.raw, 1, -1)
      if ready > 0 { break }
      if ready < 0, !Errno(-ready).isInterrupted { throw Errno(-ready) }
    }
    var events = [UInt8](repeating: 0, count: 16 << 10)
    var result: Int64
    repeat {
      result = unsafe clinux_read(inotify.raw, &events, UInt64(events.count))
    } while result > 0
    if result < 0, !Errno(Int32(-result)).isWouldBlock { throw Errno(Int32(-result)) }
  }
}
