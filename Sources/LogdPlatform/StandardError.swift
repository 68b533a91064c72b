internal import CLinux
internal import Glibc

/// Standard error, for the last words of a program.
public enum StandardError {
  /// Columns of the terminal; `nil` where it is none, or one that cannot be drawn over.
  public static var screenColumns: Int? {
    var (rows, columns): (Int32, Int32) = (0, 0)
    guard Environment.current.hasScreen else { return nil }
    return unsafe clinux_terminal_size(2, &rows, &columns) == 0 && columns > 0 ? Int(columns) : nil
  }

  /// Writes one line, unbuffered.
  public static func print(_ line: String) { write(line + "\n") }

  /// Writes text, unbuffered.
  public static func write(_ text: String) {
    var bytes = Array(text.utf8)
    // Nobody is left to be told when even this fails.
    _ = unsafe clinux_write(2, &bytes, UInt64(bytes.count))
  }

  /// Writes one line as a warning, or with another severity of syslog(3), which stands before it
  /// where the journal reads, sd-daemon(3). Where nobody reads, so that it would block, nothing is
  /// written.
  public static func warn(_ line: String, severity: Int = 4) {
    guard clinux_poll(2, 4, 0) & 4 != 0 else { return }
    print(isJournal ? "<\(severity)>\(line)" : line)
  }

  /// Whether it is the stream that systemd has named, `JOURNAL_STREAM` in systemd.exec(5).
  private static var isJournal: Bool {
    // SAFETY: copied before anybody could call setenv.
    guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
    let named = unsafe String(cString: stream)
    var (device, inode): (UInt64, UInt64) = (0, 0)
    return unsafe clinux_identity(2, &device, &inode) == 0 && named == "\(device):\(inode)"
  }
}
