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
  /// called once, before there are other threads. Throws when they say what is not so.
  init() throws(StartupError) {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let said = unsafe getenv("LISTEN_FDS").map { unsafe String(cString: $0) } ?? ""
    let count = unsafe sd_listen_fds_with_names(1, &names)
    guard count >= 0 else {
      throw StartupError(
        .configuration,
        "LISTEN_FDS=\(said) does not say how many descriptors, from number 3 on, were handed over: "
          + "\(Errno(-count)); unset it where no service manager starts logd")
    }
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

  /// The names that begin so, in the order they came.
  func names(prefix: String) -> [String] { kept.map(\.name).filter { $0.hasPrefix(prefix) } }

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
