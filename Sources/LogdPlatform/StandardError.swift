internal import CLinux

/// Standard error, for the last words of a program.
public enum StandardError {
  /// Writes one line, unbuffered.
  public static func print(_ line: String) {
    var bytes = Array((line + "\n").utf8)
    // Nobody is left to be told when even this fails.
    _ = unsafe clinux_write(2, &bytes, UInt64(bytes.count))
  }
}
