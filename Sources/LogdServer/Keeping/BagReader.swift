internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// Looks into the bags of the daemon before this one, ahead of the thread that takes up who is in there:
/// while the rest of the daemon is made, a thread of its own has a processor for it. To receive the
/// descriptors of thousands of clients takes the kernel milliseconds.
///
/// What is not read yet when it is wanted, who wants it reads himself: he never waits for more than one
/// bag. When descriptors get short nothing is read ahead any more: those of clients that have gone are
/// closed as the bags are taken up.
final class BagReader: Sendable {
  private enum Look {
    case open, underWay
    case done(Result<[BagPacket.Content], Errno>)
  }

  // SAFETY: of them both threads use the sockets only, which are constants.
  nonisolated(unsafe) private let bags: [Bag]
  private let looks: Mutex<[Look]>
  private let news = WakeWord()
  private let thread = Mutex<PlatformThread?>(nil)

  init(_ bags: [Bag]) {
    unsafe self.bags = bags
    looks = Mutex(Array(repeating: .open, count: bags.count))
  }

  /// Begins to read ahead. Without a thread nothing is.
  func start() {
    let started = try? PlatformThread("logd-bags") {
      // After the two that are to have the processors as soon as they have something to do.
      ThreadPriority.makeOrdinary()
      self.readAhead()
    }
    thread.withLock { $0 = started }
  }

  /// What is in each bag, in their order. Once.
  func forEach(_ take: (Bag, [BagPacket.Content]) -> Void) throws(Errno) {
    for index in unsafe bags.indices { unsafe take(bags[index], try packets(at: index)) }
  }

  /// When nothing is left to be read: gives back what the thread needed.
  func end() { _ = thread.withLock { $0.take() }?.join() }

  private func readAhead() {
    for index in unsafe bags.indices where claim(index) {
      let result = look(index)
      let isShort = if case .failure(let error) = result { error == Errno(EMFILE) } else { false }
      looks.withLock { $0[index] = isShort ? .open : .done(result) }
      news.wake()
      if isShort { return }
    }
  }

  private func claim(_ index: Int) -> Bool {
    looks.withLock { looks in
      guard case .open = looks[index] else { return false }
      looks[index] = .underWay
      return true
    }
  }

  private func packets(at index: Int) throws(Errno) -> [BagPacket.Content] {
    while !claim(index) {
      let ticket = news.ticket
      if case .done(let result) = looks.withLock({ $0[index] }) { return try result.get() }
      news.wait(ticket, nanoseconds: nil)
    }
    return try look(index).get()
  }

  private func look(_ index: Int) -> Result<[BagPacket.Content], Errno> {
    Result { () throws(Errno) in try unsafe bags[index].look() }
  }
}
