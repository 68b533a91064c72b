internal import CLinux
internal import Glibc

/// How many descriptors this process may have.
public enum DescriptorLimit {
  /// Two descriptors a client: as many as the hard limit allows, getrlimit(2). Children inherit it.
  public static func raise() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Has the kernel make its table of descriptors large enough for so many at once. To be called before
  /// there are other threads: then each time that the table grows costs milliseconds.
  public static func makeRoom(for count: Int) {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let last = clinux_dup_above(2, Int32(clamping: min(count, Int(limit.rlim_cur) - 1)))
    if last >= 0 { _ = clinux_close(last) }
  }
}
