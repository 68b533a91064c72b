import CLinux
import Foundation
import Glibc
import Synchronization

/// A program of ours as a process, with what it writes.
///
/// Every wait has a deadline: a program that hangs is killed, and the test fails by its exit code.
final class ControlProgram {
  private let process = Process()
  private let out = Collected()
  private let err = Collected()

  /// Starts a program that was built beside the tests.
  init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.executableURL = tests.deletingLastPathComponent().appendingPathComponent(name)
    process.arguments = arguments
    process.environment = environment
    process.standardOutput = out.pipe
    process.standardError = err.pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var output: String { out.text }
  var errors: String { err.text }

  /// Waits for its end; -1: it was killed because it did not end.
  func exitCode(within seconds: Double = 20) -> Int32 {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while process.isRunning && Date() < deadline { _ = clinux_poll(-1, 0, 2) }
    guard !process.isRunning else {
      kill(process.processIdentifier, SIGKILL)
      return -1
    }
    process.waitUntilExit()
    out.finish()
    err.finish()
    return process.terminationStatus
  }

  /// Waits until its output satisfies `condition`; answers whether it did in time.
  func outputs(within seconds: Double = 10, _ condition: (String) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition(output) {
      if Date() > deadline { return false }
      _ = clinux_poll(-1, 0, 2)
    }
    return true
  }

  /// How often it went to sleep so far, proc_pid_status(5).
  func contextSwitches() throws -> Int {
    let status = try String(
      contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return line.flatMap { Int($0.split(separator: "\t")[1]) } ?? -1
  }

  /// Runs one to its end.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, output: String, errors: String) {
    let program = try ControlProgram(name, arguments, environment: environment)
    let exitCode = program.exitCode()
    return (exitCode, program.output, program.errors)
  }

  /// The other end of a standard stream, read on a thread of Foundation's.
  private final class Collected: Sendable {
    let pipe = Pipe()
    private let state = Mutex((bytes: Data(), ended: false))

    init() {
      pipe.fileHandleForReading.readabilityHandler = { [state = Weak(self)] handle in
        let data = handle.availableData
        if data.isEmpty { handle.readabilityHandler = nil }
        state.object?.state.withLock {
          $0.bytes += data
          $0.ended = data.isEmpty
        }
      }
    }

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    func finish() {
      while !state.withLock({ $0.ended }) { _ = clinux_poll(-1, 0, 1) }
    }

    private final class Weak: Sendable {
      weak let object: Collected?
      init(_ object: Collected) { self.object = object }
    }
  }
}
