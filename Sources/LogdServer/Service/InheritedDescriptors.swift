internal import CSystemd
internal import Glibc
internal import LogdPlatform

/// The descriptors that the service manager handed over at the start, by their names,
/// sd_listen_fds_with_names(3): sockets of its units, and what an earlier daemon had stored.
///
/// By name only: the order of sockets can change, and what was stored comes newest first. What
/// nobody takes is closed.
struct InheritedDescriptors: ~Copyable {
  private var kept: [(name: String, number: Int32)] = []

  /// Takes them over, close-on-exec, and clears LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES. To be
  /// called once, before there are other threads.
  init() throws(Errno) {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = try check(unsafe sd_listen_fds_with_names(1, &names))
    guard let names = unsafe names else { return }
    for index in 0..<Int(count) {
      // SAFETY: as many strings as descriptors, each to be freed, then the list itself.
      if let name = unsafe names[index] {
        kept.append((unsafe String(cString: name), SD_LISTEN_FDS_START + Int32(index)))
        unsafe free(name)
      }
    }
    unsafe free(names)
  }

  deinit { for each in kept { _ = Descriptor(owning: each.number) } }

  /// One descriptor of that name, in the order they came; `nil` when there is none left.
  mutating func take(_ name: String) -> Descriptor? {
    guard let index = kept.firstIndex(where: { $0.name == name }) else { return nil }
    return Descriptor(owning: kept.remove(at: index).number)
  }

  /// Gives all away, in the order they came.
  mutating func giveAway(_ body: (_ name: String, consuming Descriptor) -> Void) {
    for each in kept { body(each.name, Descriptor(owning: each.number)) }
    kept = []
  }

  /// Closes what nobody has taken, and says how it was called.
  mutating func closeRest() -> [String] {
    defer { kept = [] }
    for each in kept { _ = Descriptor(owning: each.number) }
    return kept.map(\.name)
  }
}
