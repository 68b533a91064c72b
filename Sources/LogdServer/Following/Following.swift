internal import LogdPlatform
internal import Synchronization

/// Those who follow the file live, on a thread of its own that all others go before: however many
/// there are and however slow, neither the writer nor the status waits for them.
// SAFETY: `followers` belongs to the thread; the rest is immutable or Sendable.
final class Following: @unchecked Sendable {
  /// How many there can be at once.
  static let followersMax = 256

  let feed: LineFeed
  private let loop: EventLoop
  private let count = Atomic<Int>(0)
  private var followers: [ObjectIdentifier: Follower] = [:]
  private var thread: PlatformThread?

  init() throws(Errno) {
    let loop = try EventLoop()
    let back = Back()
    self.loop = loop
    feed = LineFeed { loop.post { back.following?.serve() } }
    back.following = self
    thread = try PlatformThread("logd-follow") {
      ThreadPriority.lower()
      try? loop.run()  // its own epoll: fails only for reasons of the program
    }
  }

  /// The connection gets every line from now on. False: there are too many already.
  func add(_ socket: consuming Descriptor) -> Bool {
    guard count.add(1, ordering: .relaxed).newValue <= Self.followersMax else {
      count.subtract(1, ordering: .relaxed)
      return false
    }
    let raw = socket.release()
    loop.post { [self] in begin(Descriptor(owning: raw)) }
    return true
  }

  /// Ends all connections, then the thread.
  func stop() {
    loop.post { [self] in
      for follower in Array(followers.values) { follower.close() }
      loop.stop()
    }
    thread?.join()
  }

  private func begin(_ socket: consuming Descriptor) {
    let follower = try? Follower(socket, feed, loop) { [unowned self] follower in
      followers[ObjectIdentifier(follower)] = nil
      count.subtract(1, ordering: .relaxed)
    }
    guard let follower else {  // gone already, or no memory in the kernel: it sees a hang-up
      count.subtract(1, ordering: .relaxed)
      return
    }
    followers[ObjectIdentifier(follower)] = follower
    serve()
  }

  /// A piece for each, until nobody has room or there is nothing new.
  private func serve() {
    feed.await()
    var hasMore = false
    for follower in Array(followers.values) where follower.pump() { hasMore = true }
    if hasMore { loop.after(0) { [unowned self] in serve() } }
  }

  // SAFETY: set before the loop runs.
  private final class Back: @unchecked Sendable {
    weak var following: Following?
  }
}
