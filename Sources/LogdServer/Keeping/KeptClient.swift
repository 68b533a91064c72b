internal import CLinux
internal import LogdPlatform

/// One client out of an inherited bag, or a control file, not taken up yet.
final class KeptClient {
  let stored: StoredClient
  private var memory: Descriptor?
  private var connection: Descriptor?

  /// Takes over the descriptors of a packet, in the order in which they were put in.
  init(_ stored: StoredClient, _ descriptors: ArraySlice<Int32>) {
    self.stored = stored
    if stored.kind != .lines { memory = Descriptor(owning: descriptors[descriptors.startIndex]) }
    if stored.kind != .controlFile {
      connection = Descriptor(owning: descriptors[descriptors.endIndex - 1])
    }
  }

  /// The data file of its ring, or the control file, once.
  func takeMemory() -> Descriptor {
    guard let memory = memory.take() else { preconditionFailure("a client is taken up once") }
    return memory
  }

  /// Its connection, once.
  func takeConnection() -> Descriptor {
    guard let connection = connection.take() else {
      preconditionFailure("a client is taken up once")
    }
    return connection
  }

  /// Its client, whose connection was not taken, sees a hang-up.
  func hangUp() {
    guard let connection = connection.take() else { return }
    clinux_shutdown(connection.raw)
  }
}
