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
}
