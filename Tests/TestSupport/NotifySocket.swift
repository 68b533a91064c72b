internal import CLinux
internal import Glibc
public import LogdPlatform
internal import Synchronization

/// A service manager's end of the notify protocol, sd_notify(3), for a daemon under test.
public final class NotifySocket: Sendable {
  private struct State {
    var messages: [String] = []
    var store: [(name: String, number: Int32)] = []
  }

  /// What NOTIFY_SOCKET is to be.
  public let address: String
  private let socket: Descriptor
  private let state = Mutex(State())
  private let isEnding = Atomic<Bool>(false)

  public init(path: String) throws(Errno) {
    address = path
    socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    _ = try check(unsafe clinux_bind(socket.raw, path))
  }

  deinit { for each in store { _ = clinux_close(each.number) } }

  /// Everything that was said, in order.
  public var messages: [String] { state.withLock { $0.messages } }
  /// What there is to keep, newest last.
  public var store: [(name: String, number: Int32)] { state.withLock { $0.store } }

  /// Takes what comes, on a thread of its own, while `body` runs: a manager is quick.
  public func reading<Answer>(_ body: () throws -> Answer) throws -> Answer {
    let thread = try PlatformThread("notify") { [self] in
      while !isEnding.load(ordering: .relaxed) {
        _ = clinux_poll(socket.raw, 1, 10)
        take()
      }
    }
    defer {
      isEnding.store(true, ordering: .relaxed)
      thread.join()
      isEnding.store(false, ordering: .relaxed)
      take()
    }
    return try body()
  }

  /// Takes what has come. Answers how many messages that were.
  @discardableResult
  public func take() -> Int {
    state.withLock { state in
      let before = state.messages.count
      while takeOne(&state) {}
      return state.messages.count - before
    }
  }

  /// Whether a message with that line has come within `limit`.
  public func hears(_ line: String, within limit: Duration = .seconds(10)) -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
      take()
      if count(of: line) > 0 { return true }
      guard ContinuousClock.now < deadline else { return false }
      _ = clinux_poll(socket.raw, 1, 10)
    }
  }

  /// How many messages had that line.
  public func count(of line: String) -> Int {
    messages.count { $0.split(separator: "\n").contains(line[...]) }
  }

  /// The values of a variable, in order.
  public func values(of name: String) -> [String] {
    messages.flatMap { $0.split(separator: "\n") }
      .filter { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  private func takeOne(_ state: inout State) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    var numbers: [Int32] = [-1, -1, -1, -1]
    var count: Int32 = 4
    let got = unsafe clinux_receive_fds(socket.raw, &bytes, 4096, &numbers, &count)
    guard got > 0 else { return false }
    let text = String(decoding: bytes.prefix(Int(got)), as: UTF8.self)
    state.messages.append(text)
    let lines = text.split(separator: "\n")
    let name = String(lines.first { $0.hasPrefix("FDNAME=") }?.dropFirst(7) ?? "")
    if lines.contains("FDSTOREREMOVE=1") {
      for each in state.store where each.name == name { _ = clinux_close(each.number) }
      state.store.removeAll { $0.name == name }
    }
    state.store += numbers.prefix(Int(count)).map { (name, $0) }
    return true
  }
}
