internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Who keeps this daemon alive: systemd, or our own supervisor, which speaks the same protocol,
/// sd_notify(3).
///
/// Over a socket of our own, because sd_notify(3) blocks while the manager is stuck and its queue
/// is full: nothing but ``store(_:name:)`` ever waits here. On the I/O thread.
final class ServiceManager {
  /// How long the manager waits for a sign of life before it kills us; `nil`: it does not watch.
  let watchdogNanoseconds: UInt64?
  /// Why the manager could not be reached at the start. Every message tries again.
  private(set) var failure: SystemError?
  private let address: String
  private let socket: Descriptor

  /// A queue that is still full by then belongs to a manager that is stuck.
  private static let storeNanoseconds: UInt64 = 1_000_000_000

  /// `nil` without NOTIFY_SOCKET, a path or, after an `@`, an abstract name: nobody keeps us.
  init?(_ environment: Environment, pid: Int32 = getpid()) throws(Errno) {
    guard let address = environment.variables["NOTIFY_SOCKET"], !address.isEmpty else {
      return nil
    }
    self.address = address
    watchdogNanoseconds = Self.watchdog(environment, pid)
    socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    do throws(Errno) {
      try connect()
    } catch {
      failure = SystemError("reach", "the service manager at \(address)", error)
    }
  }

  /// Whether it is our own supervisor, which starts the next daemon when this one is quite dead.
  var isSupervisor: Bool { address.hasPrefix("/proc/") }

  /// sd_watchdog_enabled(3): meant for us only if WATCHDOG_PID says so or is not there.
  private static func watchdog(_ environment: Environment, _ pid: Int32) -> UInt64? {
    if let meant = environment.variables["WATCHDOG_PID"], Int32(meant) != pid { return nil }
    guard let microseconds = environment.variables["WATCHDOG_USEC"].flatMap({ UInt64($0) }),
      microseconds > 0
    else { return nil }
    let (nanoseconds, isTooMuch) = microseconds.multipliedReportingOverflow(by: 1000)
    return isTooMuch ? nil : nanoseconds
  }

  private func connect() throws(Errno) {
    _ = try check(
      address.hasPrefix("@")
        ? unsafe clinux_connect_abstract(socket.raw, String(address.dropFirst()))
        : unsafe clinux_connect(socket.raw, address))
  }

  /// Says something, `READY=1`, one assignment a line. Never blocks.
  ///
  /// Answers whether it went. It does not while the manager's queue is full: what matters is then
  /// said again later.
  @discardableResult
  func notify(_ text: String) -> Bool {
    do throws(Errno) {
      try send(text, [])
      return true
    } catch {
      return false
    }
  }

  /// Has the manager keep a copy of the descriptor, to be handed to the next daemon under `name`:
  /// ASCII without colons, at most 255 bytes.
  ///
  /// FDPOLL=0, because the manager would drop a socket whose other end is closed, with what is
  /// unread in it. It does not say when its store is full and the descriptor dropped. One that it
  /// has already is kept once. For the start only: waits for up to a second while the manager's
  /// queue is full.
  func store(_ descriptor: Int32, name: String) throws(Errno) {
    let deadline = Clock.monotonicNanoseconds() + Self.storeNanoseconds
    while true {
      do throws(Errno) {
        return try send(Self.storing(name), [descriptor])
      } catch {
        let now = Clock.monotonicNanoseconds()
        guard error.isWouldBlock, now < deadline else { throw error }
        let milliseconds = Int32((deadline - now + 999_999) / 1_000_000)
        _ = try check(clinux_poll(socket.raw, Int32(POLLOUT), milliseconds))
      }
    }
  }

  /// ``store(_:name:)`` without waiting; whether it went.
  func offer(_ descriptor: Int32, name: String) -> Bool {
    do throws(Errno) {
      try send(Self.storing(name), [descriptor])
      return true
    } catch {
      return false
    }
  }

  private static func storing(_ name: String) -> String {
    "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0"
  }

  /// Has the manager forget every stored descriptor of that name. As ``notify(_:)``.
  @discardableResult
  func remove(name: String) -> Bool { notify("FDSTOREREMOVE=1\nFDNAME=\(name)") }

  /// A manager that was started anew has another socket behind the same name.
  private func send(_ text: String, _ descriptors: [Int32]) throws(Errno) {
    do throws(Errno) {
      try transmit(text, descriptors)
    } catch {
      guard [ECONNREFUSED, ECONNRESET, ENOTCONN].contains(error.rawValue) else { throw error }
      try connect()
      try transmit(text, descriptors)
    }
  }

  private func transmit(_ text: String, _ descriptors: [Int32]) throws(Errno) {
    let bytes = Array(text.utf8)
    _ = try check(
      unsafe clinux_send_fds(
        socket.raw, bytes, UInt64(bytes.count), descriptors, Int32(descriptors.count)))
  }
}
