// The smallest daemon that keeps the protocol: one thread accepts, grants rings, drains them into
// an array, and sleeps by the doorbell. It can be paused, killed, and told what it knows of old rings.

import CLinux
import Foundation
import LogdWire
import Synchronization

/// A record as a client meant it, with the pid that the kernel vouches for.
struct Received: Equatable, Sendable {
  var pid: Int32
  var ident: String
  var severity: UInt8
  var isCut: Bool
  var stamp: UInt64
  var message: String
  var fields: [String: String]
}

final class TestDaemon: Sendable {
  struct State {
    var records: [Received] = []
    var isPaused = false
    /// Paused, and everything that was sent before has been heard.
    var isQuiet = false
    /// While it sleeps only errors, and rings that fill, ring.
    var lingers = false
    var isStopped = false
    var grantsNothing = false
    /// What a HELLO that names this ring is answered; without an entry: unknown.
    var resume: [UInt64: UInt64] = [:]
    var drops: UInt64 = 0
    var hellos: [Hello] = []
    var bells: [Bell] = []
    /// Sleeps that ended by their timeout although a record was there: lost wakeups.
    var overslept = 0
    var severity: UInt32 = 7
    var failSync = false
  }

  let directory: String
  let state = Guarded(State())
  private let ringBytes: UInt64
  private let recordBytesMax: UInt32
  private let wake = clinux_eventfd()
  private let ended = DispatchSemaphore(value: 0)

  /// Rings have numbers that no other daemon of this process uses.
  static let nextRing = Atomic<UInt64>(1)

  init(directory: String = TestDaemon.newDirectory(), ringBytes: UInt64 = 1 << 20) {
    self.directory = directory
    self.ringBytes = ringBytes
    recordBytesMax = UInt32(min(64 << 10, ringBytes / 2))
    let listener = Self.listen(in: directory)
    let thread = Thread { self.run(listener) }
    thread.start()
  }

  static func listen(in directory: String) -> Int32 {
    let path = directory + "/native.sock"
    unsafe unlink(path)
    let listener = clinux_socket(Int32(CLINUX_SEQPACKET.rawValue))
    unsafe precondition(clinux_bind(listener, path) == 0 && clinux_listen(listener, 64) == 0)
    return listener
  }

  static func newDirectory() -> String {
    let path = NSTemporaryDirectory() + "logd-test-\(UUID().uuidString.prefix(8))"
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    poke()
  }

  /// Ends at once, as kill -9 would: nothing more is drained, connections are hung up.
  func kill() {
    change { $0.isStopped = true }
    ended.wait()
  }

  deinit { _ = clinux_close(wake) }

  var records: [Received] { state.withLock { $0.records } }
  var messages: [String] { records.map(\.message) }

  /// Waits for an event, with a deadline.
  func wait(seconds: Double = 10, until isTrue: (State) -> Bool) -> Bool {
    state.wait(until: Date(timeIntervalSinceNow: seconds), for: isTrue)
  }

  private func poke() {
    var one: UInt64 = 1
    _ = unsafe clinux_write(wake, &one, 8)  // a full counter wakes as well
  }

  private func run(_ listener: Int32) {
    var loop = DrainLoop(
      listener: listener, wake: wake, ringBytes: ringBytes, recordBytesMax: recordBytesMax)
    while !state.withLock({ $0.isStopped }) {
      loop.turn(state)
    }
    loop.close()
    ended.signal()
  }
}
