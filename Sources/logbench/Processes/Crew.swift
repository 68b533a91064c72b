// Producers that start together.
//
// Each child gets two descriptors: 3, the gate, which it reads until the end comes, and 4, where
// it says `ready N` and at last `done …`. The gate opens when the parent closes its end: one call
// that all wait for. A child that dies is noticed by the end of the reports.

internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A number of producer processes, from their start to their reports.
struct Crew: ~Copyable {
  static let gate: Int32 = 3
  static let reports: Int32 = 4

  private let children: [Child]
  private var gate: Descriptor?
  private let reports: Descriptor
  private var unread: [UInt8] = []

  /// The process numbers, by producer.
  var pids: [Int32] { children.map(\.pid) }

  /// Starts `count` of this program, or another; `arguments` gives those of each.
  init(
    count: Int, program: String = Child.ownProgram, arguments: (Int) throws -> [String]
  ) throws {
    let gate = try Pipe.make()
    let reports = try Pipe.make()
    let descriptors = [gate.reading.raw, reports.writing.raw]
    var children: [Child] = []
    do {
      for number in 0..<count {
        children.append(try Child.start(program, arguments(number), descriptors: descriptors))
      }
    } catch {
      for child in children { child.send(SIGKILL) }
      for child in children { _ = child.wait() }
      throw error
    }
    self.children = children
    self.gate = gate.closeReading()
    self.reports = reports.closeWriting()
  }

  /// Waits until all are ready, opens the gate, and waits until all are done. Answers when the gate
  /// was opened, CLOCK_MONOTONIC, and their reports by number.
  ///
  /// `opened` is called just before the gate is, `meanwhile` every few milliseconds while they run.
  mutating func run(
    timeoutNs: UInt64, opened: () -> Void, meanwhile: () -> Void = {}
  ) throws -> (startNs: UInt64, reports: [ProducerReport]) {
    do {
      for _ in children { try expect("ready", timeoutNs: timeoutNs) }
      opened()
      let start = clinux_monotonic_ns()
      gate = nil
      var done: [ProducerReport] = []
      for _ in children {
        let words = try expect("done", timeoutNs: timeoutNs, meanwhile)
        guard let report = ProducerReport(words) else { throw Failure("a report: \(words)") }
        done.append(report)
      }
      for child in children { _ = child.wait() }
      return (start, done.sorted { $0.number < $1.number })
    } catch {
      for child in children { child.send(SIGKILL) }
      for child in children { _ = child.wait() }
      throw error
    }
  }

  /// The words after `verb` in the next message.
  @discardableResult
  private mutating func expect(
    _ verb: String, timeoutNs: UInt64, _ meanwhile: () -> Void = {}
  ) throws -> [UInt64] {
    let line = try nextLine(deadline: clinux_monotonic_ns() + timeoutNs, meanwhile)
    let words = line.split(separator: " ")
    guard words.first == Substring(verb) else { throw Failure("a producer said: \(line)") }
    return words.dropFirst().compactMap { UInt64($0) }
  }

  private mutating func nextLine(
    deadline: UInt64, _ meanwhile: () -> Void
  ) throws -> String {
    while true {
      if let end = unread.firstIndex(of: 0x0a) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      try Interruption.check()
      meanwhile()
      if clinux_monotonic_ns() > deadline {
        throw Failure("the producers do not get ready or done")
      }
      guard clinux_poll(reports.raw, 1, 4) > 0 else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = unsafe clinux_read(reports.raw, &piece, UInt64(piece.count))
      guard count > 0 else { throw Failure("producers ended without a report") }
      unread += piece[..<Int(count)]
    }
  }
}

/// Something that makes a measurement void, for standard error.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
