import CLinux
import Foundation
import LogdWire
import Synchronization

/// One turn of the test daemon: drain all rings; when there was nothing, sleep by the protocol.
struct DrainLoop {
  private let listener: Int32
  private let wake: Int32
  private let epoll = clinux_epoll_create()
  private let ringBytes: UInt64
  private let recordBytesMax: UInt32
  private var connections: [Int32: TestRing?] = [:]
  private var epoch: UInt32 = 0
  /// It has said so: a bell does not change it.
  private var sleepsPaused = false

  init(listener: Int32, wake: Int32, ringBytes: UInt64, recordBytesMax: UInt32) {
    self.listener = listener
    self.wake = wake
    self.ringBytes = ringBytes
    self.recordBytesMax = recordBytesMax
    for descriptor in [listener, wake] {
      _ = clinux_epoll_add(epoll, descriptor, UInt32(CLINUX_EPOLLIN), UInt64(descriptor))
    }
  }

  mutating func turn(_ state: Guarded<TestDaemon.State>) {
    let (isPaused, lingers) = state.withLock { state in
      for case let ring? in connections.values { ring.severity = state.severity }
      return (state.isPaused, state.lingers)
    }
    if !isPaused, drain(state) > 0 {
      poll(0, state)
      return
    }
    if isPaused, sleepsPaused {
      guard poll(0, state) == 0 else { return }
      state.withLock { $0.isQuiet = true }
      poll(1000, state)
      return
    }
    sleepsPaused = isPaused
    state.withLock { $0.isQuiet = false }
    epoch = (epoch + 1) & 0x3FFF_FFFF
    setSleep(SleepWord(lingers ? .lingering : .asleep, epoch: epoch))
    clinux_fence()
    if isPaused || drain(state) == 0 {
      let count = poll(1000, state)
      if count == 0, !isPaused, hasRecords { state.withLock { $0.overslept += 1 } }
    }
    if !isPaused { setSleep(SleepWord(.awake, epoch: epoch)) }
  }

  /// It sleeps, and will not hear a bell.
  func close() {
    setSleep(SleepWord(.asleep, epoch: (epoch + 1) & 0x3FFF_FFFF))
    for (descriptor, ring) in connections {
      ring?.unmap()
      _ = clinux_close(descriptor)
    }
    for descriptor in [listener, epoll] { _ = clinux_close(descriptor) }
  }

  private var hasRecords: Bool { connections.values.contains { $0?.hasRecords ?? false } }

  private func setSleep(_ word: SleepWord) {
    for case let ring? in connections.values { ring.sleep = word }
  }

  private func drain(_ state: Guarded<TestDaemon.State>) -> Int {
    var count = 0
    for case let ring? in connections.values { count += ring.drain(into: state) }
    return count
  }

  @discardableResult
  private mutating func poll(
    _ milliseconds: Int32, _ state: Guarded<TestDaemon.State>
  ) -> Int {
    var events = [clinux_event](repeating: clinux_event(), count: 64)
    let count = unsafe clinux_epoll_wait(epoll, &events, 64, milliseconds)
    for event in events.prefix(Int(max(count, 0))) {
      let descriptor = Int32(event.data)
      switch descriptor {
      case listener: accept()
      case wake:
        var value: UInt64 = 0
        _ = unsafe clinux_read(wake, &value, 8)  // only there to end the sleep
      default: receive(descriptor, state)
      }
    }
    return Int(count)
  }

  private mutating func accept() {
    let descriptor = clinux_accept(listener)
    guard descriptor >= 0 else { return }
    connections[descriptor] = .some(nil)
    _ = clinux_epoll_add(epoll, descriptor, UInt32(CLINUX_EPOLLIN), UInt64(descriptor))
  }

  private mutating func receive(
    _ descriptor: Int32, _ state: Guarded<TestDaemon.State>
  ) {
    var packet = [UInt8](repeating: 0, count: 256)
    let count = unsafe clinux_receive(descriptor, &packet, 256, false)
    if count == -11 { return }
    if count <= 0 {
      if let ring = connections[descriptor] ?? nil {
        while ring.drain(into: state) > 0 {}
        ring.unmap()
      }
      connections[descriptor] = nil
      _ = clinux_close(descriptor)
      return
    }
    let bytes = unsafe packet.span.bytes.extracting(0..<Int(count))
    if let bell = Bell(bytes) { return state.withLock { $0.bells.append(bell) } }
    if let hello = try? Hello.decode(from: bytes) {
      let answer = state.withLock { state -> UInt64? in
        state.hellos.append(hello)
        return state.grantsNothing ? nil : state.resume[hello.oldRing] ?? Layout.unknownRing
      }
      if let answer { grant(descriptor, hello, resume: answer) }
    }
  }

  private mutating func grant(_ descriptor: Int32, _ hello: Hello, resume: UInt64) {
    let number = TestDaemon.nextRing.add(1, ordering: .relaxed).newValue
    let ring = TestRing(number: number, dataBytes: ringBytes, hello: hello, socket: descriptor)
    let grant = Grant(
      ring: number, dataBytes: ringBytes, resume: resume, recordBytesMax: recordBytesMax,
      fieldsMax: 128, controlOffset: TestRing.controlOffset)
    var packet = [UInt8](repeating: 0, count: 64)
    var span = packet.mutableSpan
    var raw = unsafe span.mutableBytes
    let count = grant.encode(into: &raw)
    _ = unsafe clinux_send_fds(descriptor, packet, UInt64(count), [ring.data, ring.control], 2)
    connections[descriptor] = ring
  }
}
