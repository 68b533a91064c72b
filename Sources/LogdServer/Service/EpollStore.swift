internal import CLinux
internal import LogdPlatform

/// The epoll of the I/O thread in the descriptor store.
///
/// No daemon has any use for that of an earlier one. But who closes the last descriptor of an epoll takes down
/// what is registered there, which is milliseconds for thousands of clients: now that is not a daemon that
/// was killed, while all wait for the next one, but the next one in the background.
struct EpollStore {
  private var inherited: [Int32] = []
  private static let name = "epoll"

  /// Has the manager keep that of this daemon in the place of earlier ones.
  init(
    _ manager: ServiceManager?, _ loop: EventLoop, from descriptors: inout InheritedDescriptors
  ) {
    guard let manager else { return }
    while let descriptor = descriptors.take(Self.name) { inherited.append(descriptor.release()) }
    manager.remove(name: Self.name)
    // Where it is not taken a kill takes longer.
    _ = loop.withDescriptor { manager.offer($0, name: Self.name) }
  }

  /// Closes those of earlier daemons.
  mutating func clear(on background: BackgroundThread) {
    background.run { [inherited] in
      for descriptor in inherited { _ = clinux_close(descriptor) }
    }
    inherited = []
  }
}
