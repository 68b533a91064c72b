import Glibc
import LogdPlatform
import LogdWire
import TestSupport
import Testing

@testable import LogdArchive

@Suite struct `Merging logs` {
  private let directory: LogDirectory
  private var out: String { directory.file("out.log") }

  init() throws { directory = try LogDirectory() }

  private static func record(_ worker: Int, _ number: Int, at micros: Int64) -> LogRecord {
    LogRecord(
      time: 1_790_000_000_000_000_000 + micros * 1000, severity: .info, ident: "worker-\(worker)",
      pid: Int32(worker), message: Array("record \(number)".utf8))
  }

  private func lines(_ path: String) throws -> [String] {
    let bytes = try FileContents.read(path, bytesMax: 64 << 20)
    #expect(bytes.last == 0x0a)
    return bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func exists(_ path: String) -> Bool { (try? FileStatus(of: path)) != nil }

  /// Files of workers whose clocks overlap, of both formats, plain and compressed, with late lines
  /// and lines that are no records.
  @Test(arguments: [1, 2, UInt64.random(in: .min ... .max)])
  func `every line is in the result, in the order of its file and of time`(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    var inputs: [[String]] = []
    var paths: [String] = []
    for worker in 0..<8 {
      var micros = Int64.random(in: 0..<1_000_000, using: &random)
      var lines: [String] = []
      for number in 0..<2000 {
        micros += Int64.random(in: 0..<5000, using: &random)
        let isLate = Int.random(in: 0..<50, using: &random) == 0
        let time = isLate ? max(0, micros - 300_000) : micros
        let record = Self.record(worker, number, at: time)
        lines.append(
          String(decoding: record.line(worker % 2 == 0 ? .text : .json), as: UTF8.self))
        if number % 700 == 0 { lines.append("no record \(worker) \(number)") }
      }
      let name = "worker-\(worker).log" + ["", ".gz", ".zst", ""][worker % 4]
      paths.append(directory.write(lines.flatMap { Array($0.utf8) + [0x0a] }, to: name))
      inputs.append(lines)
    }
    let outcome = try LogMerge(paths, into: out).run()
    let merged = try lines(out)
    #expect(outcome.lines == merged.count && outcome.damagedLines == 8 * 3)
    #expect(merged.sorted() == inputs.joined().sorted(), "seed \(seed)")
    for worker in 0..<8 {
      let own = merged.filter {
        $0.contains("worker-\(worker)\"") || $0.contains("worker-\(worker)[")
          || $0.hasPrefix("no record \(worker) ")
      }
      #expect(own == inputs[worker], "seed \(seed), worker \(worker)")
    }
    // Late is in the result what was late in its file, and nothing else.
    #expect(Self.late(merged) == inputs.reduce(0) { $0 + Self.late($1) }, "seed \(seed)")
    #expect(paths.allSatisfy(exists))
  }

  private static func late(_ lines: [String]) -> Int {
    var heads = LineHeadReader()
    var highest = Int64.min
    return lines.reduce(0) { count, line in
      guard let time = heads.time(Array(line.utf8).span) else { return count }
      defer { highest = max(highest, time) }
      return count + (time < highest ? 1 : 0)
    }
  }

  @Test func `a last line without its newline gets one`() throws {
    let line = Self.record(1, 1, at: 5).line(.text)
    let merge = try LogMerge([directory.write(line, to: "a.log")], into: out)
    #expect(try merge.run().lines == 1)
    #expect(try lines(out) == [String(decoding: line, as: UTF8.self)])
  }

  @Test func `what is there already is not touched`() throws {
    let input = directory.write(Self.record(1, 1, at: 5).line(.text) + [0x0a], to: "a.log")
    directory.write(Array("mine\n".utf8), to: "out.log")
    #expect(throws: SystemError.self) { try LogMerge([input], into: out).run() }
    #expect(try lines(out) == ["mine"])
    #expect(exists(input))
  }

  @Test func `the same file twice is refused`() throws {
    let input = directory.write(Self.record(1, 1, at: 5).line(.text) + [0x0a], to: "a.log")
    directory.shell("ln \(input) \(directory.file("b.log"))")
    #expect(throws: LogMerge.Failure.self) {
      _ = try LogMerge([input, directory.file("b.log")], into: out)
    }
  }

  @Test func `inputs are removed, but not one that has grown or is another file`() throws {
    let names = ["a.log", "b.log", "c.log"]
    let paths = names.map { name in
      directory.write(Self.record(1, 1, at: 5).line(.text) + [0x0a], to: name)
    }
    let merge = try LogMerge(paths, into: out)
    _ = try merge.run()
    directory.shell("echo more >> \(paths[1])")
    directory.shell("cp \(paths[2]) \(paths[2]).new && mv \(paths[2]).new \(paths[2])")
    let kept = merge.removeInputs()
    #expect(kept.map(\.path) == [paths[1], paths[2]])
    #expect(paths.map(exists) == [false, true, true])
  }

  /// Somebody changes the result while it is read back.
  @Test func `what is not what was written gets no name`() throws {
    let records = (0..<20_000).map { Self.record(1, $0, at: Int64($0)) }
    let input = directory.write(LogDirectory.lines(records, .text), to: "a.log")
    let merge = try LogMerge([input], into: out)
    var isAltered = false
    #expect(throws: LogMerge.Failure.self) {
      _ = try merge.run { progress in
        guard case .verifying(let bytes, let all) = progress, bytes < all, !isAltered else {
          return
        }
        isAltered = true
        let place = "bs=1 seek=\(all - 20) conv=notrunc status=none"
        directory.shell("printf x | dd of=\(directory.file(".out.log.merging")) \(place)")
      }
    }
    #expect(isAltered && exists(input) && !exists(out))
    #expect(!exists(directory.file(".out.log.merging")))
  }

  @Test func `what a killed merge has left is used by the next, unless one is at it`() throws {
    let input = directory.write(Self.record(1, 1, at: 5).line(.text) + [0x0a], to: "a.log")
    let rest = directory.write(Array("half a line".utf8), to: ".out.log.merging")
    let lock = unsafe open(rest, O_RDWR | O_CLOEXEC)
    #expect(flock(lock, LOCK_EX) == 0)
    #expect(throws: SystemError.self) { try LogMerge([input], into: out).run() }
    #expect(!exists(out))
    // Not by close alone: a process that another test starts just now may have it too, until its exec.
    #expect(flock(lock, LOCK_UN) == 0)
    close(lock)
    #expect(try LogMerge([input], into: out).run().lines == 1)
    #expect(exists(out) && !exists(rest))
  }
}
