internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A file that is appended to, write(2).
struct OutputFile: ~Copyable {
  private let file: Descriptor
  private let path: String

  /// Opens or creates it; with O_APPEND, so that several processes may write.
  init(appendingTo path: String) throws(SystemError) {
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw SystemError("open", path, .current) }
    file = Descriptor(owning: number)
    self.path = path
  }

  /// One write(2) of the first `count` bytes.
  func write(_ bytes: [UInt8], first count: Int) throws(SystemError) {
    try write(bytes.span.extracting(..<count))
  }

  /// One write(2). A short one would tear a line: an error.
  func write(_ bytes: Span<UInt8>) throws(SystemError) {
    // SAFETY: the kernel reads bytes.count bytes of the span, which lives for the call.
    let count = unsafe bytes.withUnsafeBufferPointer {
      unsafe clinux_write(file.raw, $0.baseAddress, UInt64($0.count))
    }
    guard count == bytes.count else {
      throw SystemError("write", path, Errno(count < 0 ? Int32(-count) : ENOSPC))
    }
  }
}
