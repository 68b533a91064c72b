import CLinux
import Dispatch
import Glibc
import LogdControl
import LogdPlatform
import LogdWire
import Synchronization

@testable import LogdServer

/// A daemon that says what the test wants, behind the real control server on a real socket.
final class ControlHarness: Sendable {
  let directory: String
  let stub = StubDaemon()
  private let loop: EventLoop
  private let thread: PlatformThread

  private static let made = Atomic<Int>(0)

  init() throws {
    let number = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
    directory = "/tmp/logd-control-\(getpid())-\(number)"
    _ = try Directory.make(directory, mode: 0o700)
    let listener = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
    _ = try check(unsafe clinux_bind(listener.raw, "\(directory)/control.sock"))
    _ = try check(clinux_listen(listener.raw, 64))
    let loop = try EventLoop()
    let stub = stub
    let raw = listener.release()
    self.loop = loop
    thread = try PlatformThread("control-test") {
      guard
        let server = try? ControlServer(
          loop: loop, delegate: stub, listener: Descriptor(owning: raw))
      else { fatalError("the loop takes a listener") }
      try? loop.run()  // ends by `stop`, or the test fails for want of answers
      server.close()
    }
  }

  func client() throws -> ControlClient { try ControlClient(runtimeDirectory: directory) }

  /// Runs `body` on the loop's thread, where the stub lives, and waits for what it says.
  @discardableResult
  func onLoop<Answer: Sendable>(_ body: @escaping @Sendable (StubDaemon) -> Answer) -> Answer {
    let stub = stub
    let answer = Box<Answer>()
    let done = DispatchSemaphore(value: 0)
    loop.post {
      answer.value.withLock { $0 = body(stub) }
      done.signal()
    }
    done.wait()
    return answer.value.withLock { $0! }
  }

  private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  deinit {
    let loop = loop
    loop.post { loop.stop() }
    thread.join()
    unsafe unlink("\(directory)/control.sock")
    unsafe rmdir(directory)
  }
}

// SAFETY: used on the thread of the harness's loop only.
final class StubDaemon: ControlDelegate, @unchecked Sendable {
  var snapshot = StatusSnapshot()
  /// `nil`: a flush waits until the test ends it.
  var flushOutcome: FlushOutcome? = .written
  var flushes: [(durable: Bool, timeoutNanoseconds: UInt64, done: (FlushOutcome) -> Void)] = []

  func status() -> StatusSnapshot { snapshot }

  func clients() -> [ClientSnapshot] { snapshot.clients }

  func flush(durable: Bool, deadline: UInt64, _ done: @escaping (FlushOutcome) -> Void) {
    let now = clinux_monotonic_ns()
    flushes.append((durable, deadline > now ? deadline - now : 0, done))
    if let flushOutcome { done(flushOutcome) }
  }

  /// What was set, and by whom.
  var severities: [(Severity, uid: UInt32)] = []
  var reloadFailure: String?

  func setSeverity(_ severity: Severity, by peer: ControlPeer) {
    severities.append((severity, peer.uid))
  }

  func reload(_ done: @escaping (String?) -> Void) { done(reloadFailure) }

  func follow(_ socket: consuming Descriptor) -> Bool { false }

  func rotate(_ done: @escaping (Result<String?, SystemError>) -> Void) { done(.success(nil)) }

  static func busySnapshot(clients: Int) -> StatusSnapshot {
    var snapshot = StatusSnapshot()
    snapshot.state = .degraded
    snapshot.reason = "cannot write \"/var/log\": No space left\n\u{7F}é\u{1}\\"
    snapshot.pid = 77
    snapshot.version = Version.text
    snapshot.uptimeSeconds = 12.5
    snapshot.recordsReceived = .max
    snapshot.file.path = "/var/log/logd/logd.log"
    snapshot.file.lastError = "EIO"
    snapshot.rings.bytesCapacity = 1 << 30
    for index in 0..<clients {
      var client = ClientSnapshot()
      client.pid = Int32(1000 + index)
      client.ident = "worker-\(index)"
      client.unit = "pool.service"
      client.lagMilliseconds = 0.125 * Double(index)
      snapshot.clients.append(client)
    }
    return snapshot
  }
}
