internal import CLinux
internal import Glibc

/// Reading files.
public enum FileContents {
  /// open(2) for reading.
  public static func open(_ path: String) throws(Errno) -> Descriptor {
    while true {
      let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
      if number >= 0 { return Descriptor(owning: number) }
      let errno = Errno.current
      if !errno.isInterrupted { throw errno }
    }
  }

  /// Reads a file to its end, also one that has no size (a pipe).
  ///
  /// - Throws: EFBIG when it holds more than `bytesMax`, else what open(2) or read(2) say.
  public static func read(_ path: String, bytesMax: Int) throws(Errno) -> [UInt8] {
    let file = try open(path)
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count: Int = try check(unsafe clinux_read(file.raw, &chunk, UInt64(chunk.count)))
      if count == 0 { return contents }
      contents += chunk[..<count]
      if contents.count > bytesMax { throw Errno(EFBIG) }
    }
  }
}
