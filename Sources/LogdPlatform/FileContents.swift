internal import CLinux
internal import Glibc

/// Reading files.
public enum FileContents {
  /// open(2) for reading. Does not wait for somebody to open a FIFO to write, as that would.
  public static func open(_ path: String) throws(Errno) -> Descriptor {
    while true {
      let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      if number >= 0 { return Descriptor(owning: number) }
      let errno = Errno.current
      if !errno.isInterrupted { throw errno }
    }
  }

  /// Reads a file to its end, also one that has no size (of /proc, or a device).
  ///
  /// - Throws: EFBIG when it holds more than `bytesMax`, ESPIPE when it is a FIFO, whose end is where
  ///   its writer wants it, else what open(2) or read(2) say.
  public static func read(_ path: String, bytesMax: Int) throws(Errno) -> [UInt8] {
    let file = try open(path)
    if try FileStatus(of: file).kind == .fifo { throw Errno(ESPIPE) }
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
