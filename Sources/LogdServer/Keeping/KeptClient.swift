internal import CLinux
internal import LogdPlatform

/// One client out of an inherited bag, not taken up yet.
final class KeptClient {
  let stored: StoredClient
  private var data: Descriptor?
  private var control: Descriptor?
  private var connection: Descriptor?

  /// Takes over the descriptors of a packet, in the order in which they were put in.
  init(_ stored: StoredClient, _ descriptors: [Int32]) {
    self.stored = stored
    connection = Descriptor(owning: descriptors[stored.kind.descriptorCount - 1])
    guard stored.kind == .native else { return }
    data = Descriptor(owning: descriptors[0])
    control = Descriptor(owning: descriptors[1])
  }

  /// The files of its ring, once. Throws when they are not what was put in.
  func takeFiles(_ scratch: borrowing Mapping) throws(SystemError) -> RingFiles {
    guard let data = data.take(), let control = control.take() else {
      preconditionFailure("a client is taken up once")
    }
    return try RingFiles(
      data: data, control: control, id: stored.ring, dataBytes: Int(stored.dataBytes),
      scratch: scratch)
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
