internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Bytes of a log, front to back, as they were before they were compressed.
///
/// Used by one thread. What is wrong with the data itself is an end that has ``trouble``: what could
/// be read before it has been given out.
protocol ByteSource: AnyObject {
  /// Fills a part of the buffer; how many bytes came, 0 at the end. Blocks.
  func read(_ buffer: inout [UInt8], _ room: Range<Int>) throws(Errno) -> Int

  /// What is wrong with the file; nil while nothing is known to be.
  var trouble: String? { get }
}

/// How a file is compressed, by its first bytes; one that has none should be what its name says.
enum Compression {
  case none, gzip, zstd

  init(_ file: borrowing Descriptor, name: String) throws(Errno) {
    var magic: [UInt8] = [0, 0, 0, 0]
    let count = try check(unsafe clinux_pread(file.raw, &magic, 4, 0))
    switch magic[..<count] {
    case let bytes where bytes.starts(with: [0x1f, 0x8b]): self = .gzip
    case let bytes where bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]): self = .zstd
    case [] where name.hasSuffix(".gz"): self = .gzip
    case [] where name.hasSuffix(".zst"): self = .zstd
    default: self = .none
    }
  }

  /// The bytes of a file from its beginning.
  func source(_ file: borrowing Descriptor) throws(Errno) -> any ByteSource {
    switch self {
    case .none: try PlainSource(file, from: 0)
    case .gzip: try GzipSource(file)
    case .zstd: try ZstdSource(file)
    }
  }
}

/// A file that is not compressed, by pread(2): its own offset is not used, and whoever cuts it
/// meanwhile does no harm.
final class PlainSource: ByteSource {
  private let file: Descriptor
  private var offset: Int64
  private let end: Int64

  /// - Parameter end: nothing is read from there on.
  init(_ file: borrowing Descriptor, from offset: Int64, to end: Int64 = .max) throws(Errno) {
    self.file = try file.duplicate()
    self.offset = offset
    self.end = end
    // A hint; without it the file is read all the same.
    _ = posix_fadvise(self.file.raw, off_t(offset), 0, POSIX_FADV_SEQUENTIAL)
  }

  var trouble: String? { nil }

  func read(_ buffer: inout [UInt8], _ room: Range<Int>) throws(Errno) -> Int {
    let bytes = min(Int64(room.count), end - offset)
    guard bytes > 0 else { return 0 }
    let count = try file.read(&buffer, room.lowerBound..<room.lowerBound + Int(bytes), at: offset)
    offset += Int64(count)
    return count
  }
}

extension Descriptor {
  /// Another descriptor of the same file.
  func duplicate() throws(Errno) -> Descriptor {
    Descriptor(owning: try check(clinux_dup_above(raw, 3)))
  }

  /// pread(2) into a part of a buffer, again after a signal; how many bytes came.
  func read(
    _ buffer: inout [UInt8], _ room: Range<Int>, at offset: Int64
  ) throws(Errno) -> Int {
    precondition(room.lowerBound >= 0 && room.upperBound <= buffer.count, "inside the buffer")
    let number = raw
    return try check(
      unsafe buffer.withUnsafeMutableBytes { bytes in
        // SAFETY: the kernel writes into the part of the buffer that `room` names, checked above.
        unsafe clinux_pread(
          number, bytes.baseAddress! + room.lowerBound, UInt64(room.count), UInt64(offset))
      })
  }
}
