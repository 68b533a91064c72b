// One thread, one epoll: the loop of the I/O thread.
//
// Invariants
// 1. Everything but `post` and `stop` is called on the loop's own thread.
// 2. The epoll data of a registration is slot | generation << 32. An event for a descriptor that
//    was removed (and perhaps reused) in the same round carries an old generation: discarded.
// 3. The loop sleeps without a timeout unless a deadline is set: idle is free.
// 4. What is registered as `isFirst` waits for half a millisecond and one handler, however many others have
//    something to do. It has an epoll of its own, which the loop looks into in the middle of a round; others
//    have as much time between two looks as the last one took.

internal import CLinux
internal import Glibc
internal import Synchronization

/// What happened to a descriptor, epoll_ctl(2).
public struct Events: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let readable = Events(rawValue: 1)
  public static let writable = Events(rawValue: 4)
  public static let error = Events(rawValue: 8)
  public static let hangup = Events(rawValue: 16)
}

/// Somebody who waits for a descriptor.
public protocol EventHandler: AnyObject {
  /// Called on the loop's thread. May add, modify and remove any registration.
  func ready(_ events: Events)
}

/// The loop of one thread: descriptors, deadlines, and closures posted by other threads.
// SAFETY: confined to one thread but for `posted`, which a mutex guards, and the eventfd.
public final class EventLoop: @unchecked Sendable {
  /// Names one registration; stale ones are ignored.
  public struct Token: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32
    let descriptor: Int32
    let isFirst: Bool
  }

  private struct Slot {
    var handler: (any EventHandler)?
    var generation: UInt32
  }

  private let epoll: Int32
  private let firstEpoll: Int32
  private let wakeup: Int32
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var timers: [(at: UInt64, id: UInt64, body: () -> Void)] = []
  private var timersMade: UInt64 = 0
  private var running = true
  private let posted = Mutex<[@Sendable () -> Void]>([])
  /// When the loop looks at those that come first again.
  private var firstDue: UInt64 = 0

  /// What is in the epoll without a slot.
  private enum Data {
    static let wakeup = UInt64.max
    static let first = UInt64.max - 1
  }
  private static let firstNanoseconds: UInt64 = 500_000

  public init() throws(Errno) {
    epoll = try check(clinux_epoll_create())
    firstEpoll = try check(clinux_epoll_create())
    wakeup = try check(clinux_eventfd())
    _ = try check(clinux_epoll_add(epoll, wakeup, Events.readable.rawValue, Data.wakeup))
    _ = try check(clinux_epoll_add(epoll, firstEpoll, Events.readable.rawValue, Data.first))
  }

  deinit {
    _ = clinux_close(wakeup)
    _ = clinux_close(firstEpoll)
    _ = clinux_close(epoll)
  }

  /// Its epoll, to be kept where it outlives this process.
  public func withDescriptor<R>(_ body: (Int32) -> R) -> R { body(epoll) }

  /// Watches a descriptor; the loop keeps the handler until `remove`, the caller the descriptor.
  /// `isFirst`: it comes before all others; for those whose handlers have little to do.
  public func add(
    _ descriptor: Int32, _ events: Events, _ handler: any EventHandler, isFirst: Bool = false
  ) throws(Errno) -> Token {
    let slot = free.popLast() ?? UInt32(slots.count)
    if slot == slots.count { slots.append(Slot(handler: nil, generation: 0)) }
    let token = Token(
      slot: slot, generation: slots[Int(slot)].generation, descriptor: descriptor,
      isFirst: isFirst)
    let data = UInt64(token.generation) << 32 | UInt64(slot)
    do {
      _ = try check(clinux_epoll_add(epoll(of: token), descriptor, events.rawValue, data))
    } catch {
      free.append(slot)
      throw error
    }
    slots[Int(slot)].handler = handler
    return token
  }

  /// Changes what is watched for; nothing at all is fine (errors and hang-ups always come).
  public func modify(_ token: Token, _ events: Events) {
    guard isCurrent(token) else { return }
    let data = UInt64(token.generation) << 32 | UInt64(token.slot)
    let result = clinux_epoll_modify(epoll(of: token), token.descriptor, events.rawValue, data)
    precondition(result == 0, "a registered descriptor is open")
  }

  /// Stops watching. Call it before the descriptor is closed.
  public func remove(_ token: Token) {
    guard isCurrent(token) else { return }
    let result = clinux_epoll_remove(epoll(of: token), token.descriptor)
    precondition(result == 0, "a registered descriptor is open")
    slots[Int(token.slot)].handler = nil
    slots[Int(token.slot)].generation &+= 1
    free.append(token.slot)
  }

  private func epoll(of token: Token) -> Int32 { token.isFirst ? firstEpoll : epoll }

  private func isCurrent(_ token: Token) -> Bool {
    slots[Int(token.slot)].generation == token.generation
      && slots[Int(token.slot)].handler != nil
  }

  /// Calls `body` once on the loop's thread, not before `nanoseconds` have passed. Answers an id
  /// for ``cancel(_:)``.
  @discardableResult
  public func after(_ nanoseconds: UInt64, _ body: @escaping () -> Void) -> UInt64 {
    timersMade += 1
    timers.append((clinux_monotonic_ns() &+ nanoseconds, timersMade, body))
    timers.sort { $0.at > $1.at }
    return timersMade
  }

  /// Forgets a deadline; one that has passed is ignored.
  public func cancel(_ id: UInt64) { timers.removeAll { $0.id == id } }

  /// Has `body` called on the loop's thread soon. From any thread, not from a signal handler.
  public func post(_ body: @escaping @Sendable () -> Void) {
    let first = posted.withLock { queue in
      queue.append(body)
      return queue.count == 1
    }
    if first { ring() }
  }

  /// Ends `run` after the current round. From the loop's thread; others post it.
  public func stop() { running = false }

  private func ring() {
    var one: UInt64 = 1
    // EAGAIN: the counter is full, so the loop is being woken anyway.
    _ = unsafe clinux_write(wakeup, &one, 8)
  }

  /// Runs until `stop`. Urgent: before all ordinary threads, where that is permitted and as long as
  /// there is little to do.
  public func run(urgent: Bool = false) throws(Errno) {
    var urgency = urgent ? Urgency() : nil
    var events = Self.makeRoom()
    var firstEvents = Self.makeRoom()
    while running {
      let timeout = nextTimeout()
      let count: Int32 = unsafe clinux_epoll_wait(epoll, &events, Int32(events.count), timeout)
      if count == -EINTR { continue }
      for index in 0..<Int(try check(count)) {
        if events[index].data != Data.first { dispatch(events[index]) }
        let now = clinux_monotonic_ns()
        if events[index].data == Data.first || now >= firstDue { serveFirst(&firstEvents, now) }
      }
      expireTimers()
      urgency?.finishRound()
    }
  }

  private static func makeRoom() -> [clinux_event] {
    [clinux_event](repeating: clinux_event(), count: 64)
  }

  private func serveFirst(_ events: inout [clinux_event], _ start: UInt64) {
    let count: Int32 = unsafe clinux_epoll_wait(firstEpoll, &events, Int32(events.count), 0)
    for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
    let end = clinux_monotonic_ns()
    firstDue = end &+ max(Self.firstNanoseconds, end &- start)
  }

  private func nextTimeout() -> Int32 {
    guard let next = timers.last else { return -1 }
    let now = clinux_monotonic_ns()
    if next.at <= now { return 0 }
    return Int32(clamping: (next.at - now + 999_999) / 1_000_000)
  }

  private func dispatch(_ event: clinux_event) {
    if event.data == Data.wakeup { return runPosted() }
    let slot = Int(UInt32(truncatingIfNeeded: event.data))
    let generation = UInt32(truncatingIfNeeded: event.data >> 32)
    guard slots[slot].generation == generation, let handler = slots[slot].handler else { return }
    handler.ready(Events(rawValue: event.events))
  }

  private func runPosted() {
    var count: UInt64 = 0
    _ = unsafe clinux_read(wakeup, &count, 8)  // resets the counter; its value says nothing
    let bodies = posted.withLock { queue in
      let all = queue
      queue.removeAll(keepingCapacity: true)
      return all
    }
    for body in bodies { body() }
  }

  private func expireTimers() {
    guard !timers.isEmpty else { return }
    let now = clinux_monotonic_ns()
    while let next = timers.last, next.at <= now {
      timers.removeLast()
      next.body()
    }
  }
}
