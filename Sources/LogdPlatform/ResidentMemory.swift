internal import CLinux
internal import Glibc

/// Memory of this process in RAM, shared pages included, proc_pid_statm(5).
public enum ResidentMemory {
  /// 0 where /proc is not there. One short read of kernel memory: no disk, no waiting.
  public static var byteCount: UInt64 {
    let fd = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return 0 }
    let file = Descriptor(owning: fd)
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = unsafe clinux_read(file.raw, &bytes, UInt64(bytes.count))
    guard count > 0 else { return 0 }
    let words = bytes.prefix(Int(count)).split(separator: UInt8(ascii: " "))
    guard words.count > 1 else { return 0 }
    return (UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0) * UInt64(getpagesize())
  }
}
