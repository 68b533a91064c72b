import Foundation
import LogdWire
import Testing

/// Fault model: whatever a program may do to the library inside it. Each test runs `ClientStress` in
/// a process of its own and compares what it says it sent with what a daemon got.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `A client in a rough program` {
  let daemon = TestDaemon()

  /// The numbers that the program prints; it must end with 0.
  private func run(_ mode: String, _ count: Int) throws -> [Int] {
    let program = Process()
    program.executableURL = builtProgram("ClientStress")
    program.arguments = [daemon.directory, mode, "\(count)"]
    let output = Pipe()
    program.standardOutput = output
    try program.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    program.waitUntilExit()
    #expect(program.terminationStatus == 0, "\(mode) ended with \(program.terminationStatus)")
    return text.split(separator: "\n").compactMap { Int($0) }
  }

  private func count(_ environment: String, _ usual: Int) -> Int {
    ProcessInfo.processInfo.environment[environment].flatMap { Int($0) } ?? usual
  }

  @Test(arguments: ["fork", "clone"])
  func `children made while eight threads log are logged under their own pid`(mode: String) throws {
    let forks = 200
    let sent = try run(mode, forks)
    // The last child has hung up, and the daemon drains what it left.
    #expect(daemon.wait { $0.records.count { $0.message == "child" } == 3 * forks })
    let records = daemon.records
    let children = records.filter { $0.message == "child" }
    #expect(children.allSatisfy { $0.fields["pid"] == "\($0.pid)" })
    let parts = children.map { "\($0.fields["number"]!).\($0.fields["part"]!)" }
    #expect(Set(parts).count == 3 * forks)
    let parent = try #require(records.first { $0.message == "parent" }).pid
    for (thread, count) in sent.enumerated() {
      let own = records.filter { $0.fields["thread"] == "\(thread)" }
      #expect(own.allSatisfy { $0.pid == parent })
      #expect(firstDifference(own.map { $0.fields["n"]! }, (0..<count).map { "\($0)" }) == nil)
    }
    #expect(sent.count == 8)
  }

  @Test func `a handler that logs and interrupts a log call drops and counts`() throws {
    let numbers = try run("handler", 10_000)
    try #require(numbers.count == 3)
    let (sent, handled, dropped) = (numbers[0], numbers[1], numbers[2])
    #expect(handled == 10_000)
    let records = daemon.records
    let main = records.filter { $0.message == "main" }.map { $0.fields["n"]! }
    #expect(firstDifference(main, (0..<sent).map { "\($0)" }) == nil)
    #expect(records.count { $0.message == "handler" } + dropped == handled)
    #expect(daemon.wait { $0.drops == UInt64(dropped) })
  }

  @Test func `a handler that forks leaves parent and child whole`() throws {
    let forks = 200
    let numbers = try run("fork-in-handler", forks)
    try #require(numbers.count == 2)
    // Children 0, 2, 4… log once, in the handler; 1, 5, 9… twice; 3, 7, 11… once, afterwards.
    #expect(daemon.wait { $0.records.count { $0.message == "child" } >= forks * 5 / 4 })
    let records = daemon.records
    let children = records.filter { $0.message == "child" }
    #expect(children.count == forks * 5 / 4)
    #expect(children.allSatisfy { $0.fields["pid"] == "\($0.pid)" })
    #expect(Set(children.map { $0.fields["number"]! }).count == forks)
    let parent = try #require(records.first { $0.message == "main" }).pid
    let main = records.filter { $0.message == "main" && $0.pid == parent }
    #expect(
      firstDifference(main.map { $0.fields["n"]! }, (0..<numbers[0]).map { "\($0)" }) == nil)
    #expect(numbers[1] == 0)
  }

  @Test func `a program that closes all descriptors gets no stray byte and loses nothing`() throws {
    let numbers = try run("descriptors", 5)
    let sent = try #require(numbers.first)
    let numbersSeen = daemon.records.map { $0.fields["n"]! }
    #expect(firstDifference(numbersSeen, (0..<sent).map { "\($0)" }) == nil)
  }

  @Test func `log calls do not allocate`() throws {
    #if DEBUG
      // Unoptimized code boxes what optimized code keeps in registers.
      return
    #else
      #expect(try run("allocations", 100_000) == [0])
    #endif
  }

  @Test func `no wakeup is lost`() throws {
    #expect(try run("doorbell", count("LOGD_DOORBELL_ROUNDS", 100_000)) == [0])
  }
}

/// A program of this package, beside the bundle that is being tested.
func builtProgram(_ name: String) -> URL {
  guard let bundle = CommandLine.arguments.first(where: { $0.contains(".xctest") }) else {
    preconditionFailure("no test bundle among \(CommandLine.arguments)")
  }
  var directory = URL(fileURLWithPath: bundle)
  while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
  return directory.appending(path: name)
}
