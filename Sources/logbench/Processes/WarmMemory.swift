internal import CLinux
internal import Glibc

/// Memory that the machine has really got, held until a run needs it.
///
/// In a virtual machine a page that nobody has used for some seconds may not exist until it is
/// touched (2 µs and more for each), and then the page cache takes five times as long. So we touch as
/// much as a run will write, and give it back just before: the next pages the kernel takes are those.
@safe struct WarmMemory: ~Copyable {
  private static let pageBytes = 4096
  // SAFETY: a private mapping of byteCount bytes, ours until release().
  private var address: UnsafeMutableRawPointer?
  private let byteCount: Int

  /// Touches so many bytes, but at most half of what is free.
  init(bytes wished: Int) {
    let free = Self.freeBytes / 2
    byteCount = min(wished, free) / Self.pageBytes * Self.pageBytes
    unsafe address = byteCount > 0 ? unsafe clinux_map_private(UInt64(byteCount)) : nil
    guard let address = unsafe address else { return }
    for offset in stride(from: 0, to: byteCount, by: Self.pageBytes) {
      // SAFETY: inside the mapping of byteCount bytes, which lives as long as we do.
      unsafe address.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
  }

  deinit { if let address = unsafe address { unsafe clinux_unmap(address, UInt64(byteCount)) } }

  /// Gives it back to the kernel.
  mutating func release() {
    if let address = unsafe address { unsafe clinux_unmap(address, UInt64(byteCount)) }
    unsafe address = nil
  }

  private static var freeBytes: Int {
    for line in (readText("/proc/meminfo") ?? "").split(separator: "\n")
    where line.hasPrefix("MemAvailable:") {
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
    return 0
  }
}
