import CLinux
import Glibc
import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

@Suite(.timeLimit(.minutes(2))) struct `The command logctl tail` {
  private let log = TemporaryLog()

  private func tail(_ arguments: String...) throws -> String {
    let result = try ControlProgram.run("logctl", ["tail", "--file", log.path] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    return result.output
  }

  private func follow(_ arguments: String...) throws -> ControlProgram {
    try ControlProgram("logctl", ["tail", "-f", "--file", log.path] + arguments)
  }

  @Test(arguments: [
    ("", 10, ""), ("a\n", 10, "a\n"), ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc\n", 3, "a\nb\nc\n"),
    ("a\nb\nc\n", 4, "a\nb\nc\n"), ("a\nb\nc\n", 0, ""), ("a\nb", 1, "b\n"), ("a\nb", 2, "a\nb\n"),
    ("\n\n\n", 2, "\n\n"), ("a", 1, "a\n"),
  ])
  func `the last lines`(_ text: String, _ count: Int, _ expected: String) throws {
    log.append(text)
    #expect(try tail("-n", "\(count)") == expected)
  }

  @Test(arguments: [1, 7, 3000, 100_000])
  func `the last of many long lines`(_ count: Int) throws {
    let lines = (0..<3000).map { "\($0) " + String(repeating: "x", count: $0 % 200) + "\n" }
    log.append(lines.joined())
    #expect(try tail("-n", "\(count)") == lines.suffix(count).joined())
  }

  @Test func `a line longer than a block comes whole`() throws {
    let long = String(repeating: "x", count: 300_000) + "\n"
    log.append("a\n" + long + "b\n")
    #expect(try tail("-n", "2") == long + "b\n")
  }

  @Test func `it follows, whole lines only`() throws {
    log.append("a\nb\n")
    let program = try follow("-n", "1")
    #expect(program.outputs { $0 == "b\n" })
    log.append("c\nhalf")
    #expect(program.outputs { $0 == "b\nc\n" })
    log.append(" line\n")
    #expect(program.outputs { $0 == "b\nc\nhalf line\n" })
  }

  @Test func `it survives a rotation, and what is written to the old file until then`() throws {
    log.append("a\n")
    let program = try follow()
    #expect(program.outputs { $0 == "a\n" })
    for round in 0..<3 {
      log.rename(to: "\(log.path).\(round)")
      log.append("late \(round)\n", to: "\(log.path).\(round)")
      log.append("")
      log.append("later \(round)\n", to: "\(log.path).\(round)")
      log.append("new \(round)\n")
      #expect(program.outputs { $0.hasSuffix("late \(round)\nlater \(round)\nnew \(round)\n") })
    }
    #expect(program.output.split(separator: "\n").count == 10)
  }

  @Test func `it begins anew when the file is cut`() throws {
    log.append("a long line\n")
    let program = try follow()
    #expect(program.outputs { $0 == "a long line\n" })
    unsafe truncate(log.path, 0)
    log.append("b\n")
    #expect(program.outputs { $0 == "a long line\nb\n" })
  }

  @Test func `it costs nothing while nothing is written`() throws {
    log.append("a\n")
    let program = try follow()
    #expect(program.outputs { $0 == "a\n" })
    let before = try program.contextSwitches()
    _ = clinux_poll(-1, 0, 300)
    #expect(try program.contextSwitches() - before <= 1)
  }

  @Test func `what is damaged is said, and ends it with 2`() throws {
    log.append("no record\n")
    let archive = "\(log.directory)/logd-20261121T024100Z.log.gz"
    let file = unsafe Descriptor(owning: open(archive, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
    let head: [UInt8] = [0x1F, 0x8B, 8, 0]
    #expect(unsafe write(file.raw, head, head.count) == head.count)
    let cut = "logctl: \(archive) is cut off; what could be read is shown\n"
    let all = try ControlProgram.run("logctl", ["tail", "--file", log.path])
    #expect(all == (2, "no record\n", cut))
    let some = try ControlProgram.run("logctl", ["tail", "--file", log.path, "--level", "err"])
    #expect(some == (2, "", cut + "logctl: 1 damaged lines skipped\n"))
  }

  @Test func `without the file it ends with 74 and says so`() throws {
    let result = try ControlProgram.run("logctl", ["tail", "--file", "/nowhere/logd.log"])
    let text = "logctl: cannot read /nowhere/logd.log: No such file or directory\n"
    #expect(result == (74, "", text))
  }

  @Test func `the daemon says where the file is`() throws {
    let harness = try ControlHarness()
    log.append("a\n")
    let path = log.path
    harness.onLoop { $0.snapshot.file.path = path }
    let result = try ControlProgram.run("logctl", ["tail", "--runtime-dir", harness.directory])
    #expect(result == (0, "a\n", ""))
  }
}
