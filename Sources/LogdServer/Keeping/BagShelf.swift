internal import Glibc
internal import LogdPlatform

/// All bags: each client is put into one before it hears of its ring, and out of it when its ring
/// is drained.
///
/// The bags are made and handed to the service manager at the start, as many as `listen.max_clients`
/// needs: so nothing has to wait for it later, and it holds a few dozen descriptors, not thousands.
final class BagShelf {
  private var bags: [Bag] = []
  private var place: [UInt64: Bag] = [:]
  private var next = 0
  private var reader: BagReader?

  /// The name of a bag in the descriptor store.
  static let name = "bag"

  init(inherited bags: [Bag]) { self.bags = bags }

  /// Takes the bags that the service manager handed over.
  convenience init(inherited: inout InheritedDescriptors) {
    var bags: [Bag] = []
    while let socket = inherited.take(Self.name) { bags.append(Bag(inherited: socket)) }
    self.init(inherited: bags)
  }

  /// Makes the bags that are missing for so many clients, of which each may be the last to go by its
  /// control file; `store` has the manager keep one.
  ///
  /// Throws what `store` throws; those that are kept by then are used.
  func fill(for clients: Int, store: (Int32) throws(Errno) -> Void) throws(Errno) {
    let wanted = (2 * clients + Bag.clientsLeast - 1) / Bag.clientsLeast + 1
    while bags.count < wanted {
      let bag = try Bag()
      try store(bag.socket.raw)
      bags.append(bag)
    }
  }

  /// Begins to look into the inherited bags, on another thread. The table of descriptors should be large
  /// enough by then.
  func readAhead() {
    let reader = BagReader(bags)
    if !bags.isEmpty { reader.start() }
    self.reader = reader
  }

  /// After ``unpack(expecting:_:)``, when there is time.
  func endReading() {
    reader?.end()
    reader = nil
  }

  /// Looks into the inherited bags and gives `take` what is in one after the other: every client once,
  /// however often it is in there, probably `count`. What is forgotten meanwhile goes out of its bag. Throws
  /// EMFILE when this process may not have as many descriptors; all stay in the bags then.
  func unpack(expecting count: Int, _ take: ([KeptClient]) -> Void) throws(Errno) {
    place.reserveCapacity(count)
    try (reader ?? BagReader(bags)).forEach { bag, packets in
      var found: [KeptClient] = []
      bag.unpack(packets) { client in
        guard place[client.stored.ring] == nil else { return false }
        place[client.stored.ring] = bag
        found.append(client)
        return true
      }
      take(found)
    }
  }

  /// Throws EAGAIN when all bags are full.
  func put(_ client: StoredClient, _ descriptors: [Int32]) throws(Errno) {
    for _ in bags {
      let bag = bags[next]
      if bag.hasRoom {
        do throws(Errno) {
          try bag.put(client, descriptors)
          place[client.ring] = bag
          return
        } catch {
          guard error.isWouldBlock else { throw error }
        }
      }
      next = (next + 1) % bags.count
    }
    throw Errno(EAGAIN)
  }

  func forget(_ ring: UInt64) { place.removeValue(forKey: ring)?.forget(ring) }
}
