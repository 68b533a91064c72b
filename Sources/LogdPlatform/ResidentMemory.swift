internal import CLinux
internal import Glibc

/// Memory of this process in RAM, shared pages included, proc_pid_statm(5).
///
/// Keeps the file open: finding it takes longer than reading it. On one thread.
public final class ResidentMemory {
  /// Where there is no such file its number is -1, which no call takes for one.
  private let file: Descriptor

  public init() { file = Descriptor(owning: unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) }

  /// 0 where /proc is not there. One short read of kernel memory: no disk, no waiting.
  public var byteCount: UInt64 {
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = unsafe clinux_pread(file.raw, &bytes, UInt64(bytes.count), 0)
    guard count > 0 else { return 0 }
    let words = bytes.prefix(Int(count)).split(separator: UInt8(ascii: " "))
    guard words.count > 1 else { return 0 }
    return (UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0) * UInt64(getpagesize())
  }
}
