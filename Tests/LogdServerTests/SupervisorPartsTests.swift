internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import Testing

@testable internal import LogdServer

@Suite struct `Parts of the supervisor` {
  @Test(
    arguments: [
      ("READY=1", true, false, false, "stored"),
      ("STATUS=READY=1\nREADY=1\n", true, false, false, "stored"),
      ("FDSTORE=1\nFDNAME=bag\nFDPOLL=0", false, true, false, "bag"),
      ("FDNAME=native\nFDSTOREREMOVE=1", false, false, true, "native"),
      ("FDSTORE=1\nFDNAME=a:b", false, true, false, "stored"),
      ("FDSTORE=1\nFDNAME=", false, true, false, "stored"),
      ("FDSTORE=1\nFDNAME=\(String(repeating: "x", count: 65))", false, true, false, "stored"),
      ("READY=0\nFDSTORE\nfoo\n\n=\nWATCHDOG=1", false, false, false, "stored"),
      ("", false, false, false, "stored"),
    ])
  func `a message is what its lines say`(
    _ text: String, isReady: Bool, stores: Bool, removes: Bool, name: String
  ) {
    let message = Notification(Array(text.utf8)[...])
    #expect(message.isReady == isReady && message.stores == stores)
    #expect(message.removes == removes && message.name == name)
  }

  @Test func `the first restart is at once, those that follow wait longer and longer`() {
    var delay = RestartDelay()
    let crashes = (0..<10).map { _ in
      delay.next(ranNanoseconds: 1_000_000, wasKilled: false) / 1_000_000
    }
    #expect(crashes == [0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000])
    let long = delay.next(ranNanoseconds: 10_000_000_000, wasKilled: false)
    #expect(long == 0)
  }

  @Test func `one that was killed is back at once when it had run for a tenth of a second`() {
    var delay = RestartDelay()
    for _ in 0..<100 {
      let wait = delay.next(ranNanoseconds: 100_000_000, wasKilled: true)
      #expect(wait == 0)
    }
    let crash = delay.next(ranNanoseconds: 100_000_000, wasKilled: false)
    #expect(crash == 10_000_000)
  }

  // MARK: store

  private func descriptor() throws -> Descriptor { Descriptor(owning: try check(clinux_eventfd())) }

  @Test func `a descriptor that is stored twice is kept once`() throws {
    var store = DescriptorStore()
    let one = try descriptor()
    for _ in 0..<3 {
      let again = Descriptor(owning: try check(clinux_dup_above(one.raw, 0)))
      let isTaken = store.add(again, name: "one")
      #expect(isTaken)
    }
    let isTaken = store.add(try descriptor(), name: "one")
    let (count, names) = (store.numbers.count, store.names)
    #expect(isTaken && count == 2 && names == ["one", "one"])
  }

  @Test func `removing takes all of a name, and closes them`() throws {
    var store = DescriptorStore()
    for name in ["bag", "native", "bag", "control", "bag"] {
      _ = store.add(try descriptor(), name: name)
    }
    let bags = store.numbers.indices.filter { store.names[$0] == "bag" }.map { store.numbers[$0] }
    store.remove(name: "bag")
    let names = store.names
    #expect(names == ["native", "control"])
    let open = bags.filter { number in fcntl(number, F_GETFD) >= 0 && store.numbers.contains(number)
    }
    #expect(open.isEmpty)
  }

  @Test func `there is a limit`() throws {
    var store = DescriptorStore()
    DescriptorLimit.raise()
    for _ in 0..<DescriptorStore.countMax {
      let isTaken = store.add(try descriptor(), name: "bag")
      try #require(isTaken)
    }
    let isTaken = store.add(try descriptor(), name: "bag")
    #expect(!isTaken)
  }

  // MARK: messages

  /// Sends as the daemon does.
  private func send(_ text: String, to address: String, _ numbers: [Int32] = []) throws {
    let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
    _ = try check(unsafe clinux_connect(socket.raw, address))
    let bytes = Array(text.utf8)
    _ = try check(
      unsafe clinux_send_fds(
        socket.raw, bytes, UInt64(bytes.count), numbers, Int32(numbers.count)))
  }

  @Test func `messages of the daemon come with their descriptors, those of others do not`() throws {
    let messages = try SupervisorSocket()
    var taken: [(Notification, Int)] = []
    messages.take = { message, descriptors in
      taken.append((message, descriptors.count))
      for number in descriptors { _ = clinux_close(number) }
    }
    let sent = try descriptor()
    messages.sender = getpid()
    try send("FDSTORE=1\nFDNAME=bag", to: messages.address, [sent.raw])
    try send(String(repeating: "x", count: 5000), to: messages.address, [sent.raw])
    try send("READY=1", to: messages.address)
    messages.readAll()
    #expect(taken.map(\.0.name) == ["bag", "stored"] && taken.map(\.1) == [1, 0])
    messages.sender = 1
    try send("READY=1", to: messages.address, [sent.raw])
    messages.readAll()
    #expect(taken.count == 2)
  }

  @Test func `its socket has no name that others could find`() throws {
    let messages = try SupervisorSocket()
    #expect(messages.address.hasPrefix("/proc/\(getpid())/fd/"))
    let names = try Directory.names(in: "/tmp").filter { $0.hasPrefix("logd-") }
    #expect(!names.contains { (try? FileStatus(of: "/tmp/\($0)/notify"))?.kind == .socket })
  }
}
