internal import CLinux
internal import Glibc

/// Opens files anew that are open already, for reading alone: /proc/self/fd, proc(5).
///
/// By one number for all of them. The kernel makes an inode for each number that was ever opened there
/// and keeps it as long as the process; to clear away thousands of them makes its end longer.
public struct Reopening: ~Copyable {
  private let number: Descriptor

  public init() throws(Errno) {
    let fd = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw Errno.current }
    number = Descriptor(owning: fd)
  }

  /// A descriptor of the same file that can only read; throws what open(2) says.
  public borrowing func readOnly(_ file: borrowing Descriptor) throws(Errno) -> Descriptor {
    Descriptor(owning: try check(clinux_reopen(file.raw, number.raw)))
  }
}
