import CLinux
import Glibc
import LogdPlatform
import TestSupport
import Testing

@testable import LogdServer

@Suite struct `Words with the service manager` {
  private let path = "/tmp/logd-notify-\(getpid())-\(UInt64.random(in: 0 ... .max))"

  private func environment(_ variables: [String: String]) -> Environment {
    Environment(userID: 7, variables: variables)
  }

  private func withManager(_ body: (ServiceManager, NotifySocket) throws -> Void) throws {
    let socket = try NotifySocket(path: path)
    defer { unsafe unlink(path) }
    let manager = try #require(try ServiceManager(environment(["NOTIFY_SOCKET": path])))
    try body(manager, socket)
  }

  @Test(arguments: [[:], ["NOTIFY_SOCKET": ""]])
  func `nobody keeps us without an address`(variables: [String: String]) throws {
    let manager = try ServiceManager(environment(variables))
    #expect(manager == nil)
  }

  @Test func `a message arrives as it is`() throws {
    try withManager { manager, socket in
      #expect(manager.failure == nil)
      #expect(manager.notify("READY=1\nSTATUS=well"))
      #expect(manager.remove(name: "bag"))
      socket.take()
      #expect(socket.messages == ["READY=1\nSTATUS=well", "FDSTOREREMOVE=1\nFDNAME=bag"])
    }
  }

  @Test func `a descriptor arrives with its name`() throws {
    try withManager { manager, socket in
      var pair: [Int32] = [-1, -1]
      #expect(unsafe pipe(&pair) == 0)
      defer { for end in pair { close(end) } }
      try manager.store(pair[1], name: "bag")
      socket.take()
      #expect(socket.messages == ["FDSTORE=1\nFDNAME=bag\nFDPOLL=0"])
      let kept = try #require(socket.store.first)
      #expect(unsafe write(kept.number, "x", 1) == 1)
      var byte: UInt8 = 0
      #expect(unsafe read(pair[0], &byte, 1) == 1)
    }
  }

  @Test func `a full queue is said, not waited for`() throws {
    try withManager { manager, socket in
      var sent = 0
      while manager.notify("STATUS=\(sent)") { sent += 1 }
      #expect(sent > 0)
      #expect(socket.take() == sent)
      #expect(manager.notify("STATUS=again"))
    }
  }

  @Test func `storing waits for room, and not for ever`() throws {
    try withManager { manager, socket in
      while manager.notify("STATUS=full") {}
      #expect(throws: Errno(EAGAIN)) { try manager.store(0, name: "bag") }
      try socket.reading { try manager.store(0, name: "bag") }
      #expect(socket.store.map(\.name) == ["bag"])
    }
  }

  @Test func `one that is not there is no reason to stop, and is found once it is`() throws {
    let manager = try #require(try ServiceManager(environment(["NOTIFY_SOCKET": path])))
    #expect(manager.failure?.errno == Errno(ENOENT))
    #expect(!manager.notify("READY=1"))
    for _ in 0..<2 {
      let socket = try NotifySocket(path: path)
      #expect(manager.notify("READY=1"))
      #expect(socket.take() == 1)
      unsafe unlink(path)
    }
  }

  @Test func `an abstract address`() throws {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(number) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // An address of no more than its family has the kernel choose an abstract name.
    let size = MemoryLayout<sockaddr_un>.size
    let (bound, length) = unsafe withUnsafeMutableBytes(of: &address) { bytes in
      let start = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      var length = socklen_t(size)
      let bound = unsafe bind(number, start, 2)
      unsafe getsockname(number, start, &length)
      return (bound, Int(length))
    }
    #expect(bound == 0)
    let name = unsafe withUnsafeBytes(of: &address.sun_path) {
      unsafe String(decoding: $0[1..<length - 2], as: UTF8.self)
    }
    let manager = try #require(try ServiceManager(environment(["NOTIFY_SOCKET": "@\(name)"])))
    #expect(manager.failure == nil)
    #expect(manager.notify("READY=1"))
    var bytes = [UInt8](repeating: 0, count: 64)
    #expect(unsafe read(number, &bytes, 64) == 7)
  }

  @Test(
    arguments: [
      ([:], nil),
      (["WATCHDOG_USEC": "2000000"], 2_000_000_000),
      (["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "42"], 2_000_000_000),
      (["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "43"], nil),
      (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "soon"], nil),
      (["WATCHDOG_USEC": "18446744073709551615"], nil),
    ] as [([String: String], UInt64?)])
  func `the watchdog is meant for us`(_ variables: [String: String], _ expected: UInt64?) throws {
    let all = variables.merging(["NOTIFY_SOCKET": path]) { $1 }
    let manager = try #require(try ServiceManager(environment(all), pid: 42))
    #expect(manager.watchdogNanoseconds == expected)
  }
}
