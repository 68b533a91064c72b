internal import CLinux
internal import Glibc

extension Descriptor {
  /// Gives the first `byteCount` bytes of a file memory, so that a full tmpfs says ENOSPC here instead of
  /// SIGBUS when they are touched.
  ///
  /// Writes zeros into every hole. posix_fallocate(3) would do it once, but what it has allocated counts as a
  /// hole in a tmpfs until it is written, and each later call fills all of it with zeros again.
  public func fillHoles(upTo byteCount: Int) throws(Errno) {
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    var position: UInt64 = 0
    while position < byteCount {
      var end: UInt64 = 0
      position = UInt64(try check(unsafe clinux_next_hole(raw, position, &end)))
      end = min(end, UInt64(byteCount))
      while position < end {
        let count = min(UInt64(zeros.count), end - position)
        // SAFETY: the size is within the array.
        position += UInt64(try check(unsafe clinux_pwrite(raw, zeros, count, position)))
      }
    }
  }
}
