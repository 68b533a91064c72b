internal import CLinux
internal import LogdPlatform

/// A file without a name, for what has to be read from its end and can only be made from its
/// beginning. Gone with its descriptor, also after kill -9.
struct Spool: ~Copyable {
  let file: Descriptor
  let byteCount: Int64

  /// Copies the source into a file in `TMPDIR`, else `/var/tmp`.
  init(_ source: any ByteSource) throws(SystemError) {
    let directory = Environment.current.variables["TMPDIR"] ?? "/var/tmp"
    let file = try SystemError.naming("make a file in", directory) { () throws(Errno) in
      Descriptor(owning: try check(unsafe clinux_open_unnamed(directory)))
    }
    byteCount = try SystemError.naming("unpack a log into", directory) { () throws(Errno) in
      try Self.copy(source, to: file)
    }
    self.file = file
  }

  private static func copy(
    _ source: any ByteSource, to file: borrowing Descriptor
  ) throws(Errno) -> Int64 {
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var total: Int64 = 0
    while true {
      let count = try source.read(&buffer, 0..<buffer.count)
      if count == 0 { return total }
      try file.write(buffer, 0..<count)
      total += Int64(count)
    }
  }
}

extension Descriptor {
  /// write(2) of a part of a buffer, all of it. Blocks.
  func write(
    _ buffer: [UInt8], _ range: Range<Int>
  ) throws(Errno) {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count, "inside the buffer")
    var rest = range
    while !rest.isEmpty {
      let count: Int64 = unsafe buffer.withUnsafeBytes { bytes in
        // SAFETY: the kernel reads the part of the buffer that `rest` names, checked above.
        unsafe clinux_write(raw, bytes.baseAddress! + rest.lowerBound, UInt64(rest.count))
      }
      rest = rest.lowerBound + (try check(count))..<rest.upperBound
    }
  }
}
