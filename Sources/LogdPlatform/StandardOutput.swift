internal import CLinux
internal import Glibc

/// Standard output, for programs that print much or in pieces.
public enum StandardOutput {
  /// Whether a person looks at it.
  public static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether it is a terminal that can be drawn over, with a size.
  public static var isScreen: Bool { terminalSize != nil && Environment.current.hasScreen }

  /// Rows and columns of the terminal; `nil` where it is none.
  public static var terminalSize: (rows: Int, columns: Int)? {
    var rows: Int32 = 0
    var columns: Int32 = 0
    let result = unsafe clinux_terminal_size(STDOUT_FILENO, &rows, &columns)
    return result == 0 && rows > 0 && columns > 0 ? (Int(rows), Int(columns)) : nil
  }

  /// Writes everything, unbuffered. Blocks.
  public static func write(_ bytes: some Sequence<UInt8>) throws(Errno) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count: Int64 = unsafe rest.withUnsafeBytes { bytes in
        unsafe clinux_write(STDOUT_FILENO, bytes.baseAddress, UInt64(bytes.count))
      }
      rest = rest.dropFirst(try check(count))
    }
  }

  public static func write(_ text: String) throws(Errno) { try write(text.utf8) }
}
