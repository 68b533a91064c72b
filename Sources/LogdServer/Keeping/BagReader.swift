internal import LogdPlatform
internal import Synchronization

/// Looks into the bags of the daemon before this one, on a thread of its own, while the rest of the daemon
/// is made and then takes up who was found first: to receive the descriptors of thousands of clients takes
/// the kernel milliseconds.
final class BagReader: Sendable {
  // SAFETY: the thread uses nothing of them but their sockets, which are constants.
  nonisolated(unsafe) private let bags: [Bag]
  private let found = Mutex<[Result<[BagPacket.Content], Errno>]>([])
  private let news = WakeWord()
  private let thread = Mutex<PlatformThread?>(nil)

  /// Begins; without a thread it is done when this returns.
  init(_ bags: [Bag]) {
    unsafe self.bags = bags
    guard !bags.isEmpty else { return }
    do throws(Errno) {
      let started = try PlatformThread("logd-bags") { self.read() }
      thread.withLock { $0 = started }
    } catch {
      read()
    }
  }

  private func read() {
    // Ahead of the others as long as there is a processor for it: the two that wait for it come first.
    ThreadPriority.lower()
    for bag in unsafe bags {
      let packets = Result { () throws(Errno) in try bag.look() }
      found.withLock { $0.append(packets) }
      news.wake()
    }
  }

  /// What is in the bags, in their order; waits for it. Once.
  func forEach(_ take: (Bag, [BagPacket.Content]) -> Void) throws(Errno) {
    defer { _ = thread.withLock { $0.take() }?.join() }
    for index in unsafe bags.indices { unsafe take(bags[index], try packets(at: index)) }
  }

  private func packets(at index: Int) throws(Errno) -> [BagPacket.Content] {
    while true {
      let ticket = news.ticket
      let result = found.withLock { index < $0.count ? $0[index] : nil }
      if let result { return try result.get() }
      news.wait(ticket, nanoseconds: nil)
    }
  }
}
