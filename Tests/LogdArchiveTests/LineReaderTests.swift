import Glibc
import LogdArchive
import LogdPlatform
import TestSupport
import Testing

@Suite struct `Line reader` {
  /// A file in memory, read by the reader and written by the test.
  private struct File {
    let reading: Int32
    let writing: Int32

    init(_ text: String) throws {
      let path = "/tmp/logd-line-reader-\(getpid())-\(UInt64.random(in: 0 ... .max))"
      writing = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      reading = unsafe open(path, O_RDONLY | O_CLOEXEC)
      let unlinked = unsafe unlink(path)
      try #require(writing >= 0 && reading >= 0 && unlinked == 0)
      append(text)
    }

    func append(_ text: String) {
      let bytes = Array(text.utf8)
      let count = unsafe write(writing, bytes, bytes.count)
      #expect(count == bytes.count)
    }
  }

  private func lines(_ reader: inout LineReader) throws -> [(String, LineEnd)] {
    var lines: [(String, LineEnd)] = []
    try reader.forEachLine { line, end in
      lines.append((String(decoding: line.indices.map { line[$0] }, as: UTF8.self), end))
      return true
    }
    return lines
  }

  @Test func `lines come in order and without newlines`() throws {
    let file = try File("one\n\nthree\n")
    defer { close(file.writing) }
    var reader = LineReader(Descriptor(owning: file.reading), name: "test")
    let found = try lines(&reader)
    #expect(found.map(\.0) == ["one", "", "three"])
    #expect(found.allSatisfy { $0.1 == .newline })
    #expect(reader.offset == 11)
  }

  @Test func `a line that is being written is given out again when it has grown`() throws {
    let file = try File("whole\nhal")
    defer { close(file.writing) }
    var reader = LineReader(Descriptor(owning: file.reading), name: "test")
    let first = try lines(&reader)
    #expect(first.map(\.0) == ["whole", "hal"])
    #expect(first.map(\.1) == [.newline, .endOfFile])
    file.append("f\nnext\n")
    #expect(try lines(&reader).map(\.0) == ["half", "next"])
    #expect(try lines(&reader).isEmpty)
  }

  @Test func `lines of every length up to the limit are whole, longer ones are cut`() throws {
    let lengths = [0, 1, 9, 10, 11, 19, 20, 21, 22, 200, 3, 20, 21, 0]
    let text = lengths.map { String(repeating: "x", count: $0) + "\n" }.joined()
    let file = try File(text)
    defer { close(file.writing) }
    var reader = LineReader(Descriptor(owning: file.reading), name: "test", lineBytesMax: 20)
    let found = try lines(&reader)
    #expect(found.map(\.0.utf8.count) == lengths.map { min($0, 20) })
    #expect(found.map(\.1) == lengths.map { $0 > 20 ? .tooLong : .newline })
  }

  @Test func `random lines across many pieces are the lines that were written`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed of this run: \(seed)")
    var random = Seeded(seed: seed)
    let written = (0..<20_000).map { index in
      "\(index)" + String(repeating: "y", count: Int.random(in: 0...300, using: &random))
    }
    let file = try File(written.joined(separator: "\n") + "\n")
    defer { close(file.writing) }
    var reader = LineReader(Descriptor(owning: file.reading), name: "test")
    #expect(try lines(&reader).map(\.0) == written, "seed \(seed)")
  }

  @Test func `the body can stop, and the reader goes on behind that line`() throws {
    let file = try File("a\nb\nc\n")
    defer { close(file.writing) }
    var reader = LineReader(Descriptor(owning: file.reading), name: "test")
    var count = 0
    try reader.forEachLine { _, _ in
      count += 1
      return count < 2
    }
    #expect(count == 2)
    #expect(try lines(&reader).map(\.0) == ["c"])
  }

  @Test func `a file that cannot be opened or read is an error with its name`() {
    #expect(throws: SystemError("open", "/nowhere/logd", Errno(ENOENT))) {
      _ = try LineReader(path: "/nowhere/logd")
    }
    #expect(throws: SystemError("read", "/tmp", Errno(EISDIR))) {
      var reader = try LineReader(path: "/tmp")
      try reader.forEachLine { _, _ in true }
    }
  }
}
