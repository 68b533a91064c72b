internal import LogdArchive
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// liblogdclient.so as it is installed: what it needs and shows, and a real C program over it.
@Suite struct `The C library` {
  static var path: String { "\(Program.directory)/liblogdclient.so.0" }

  /// What a tool of the machine says.
  private func said(_ place: Place, by words: [String]) throws -> String {
    let run = try place.run(.env, words, within: .seconds(60))
    #expect(run.ending == .exited(0), "\(words): \(run.errors)")
    return run.output
  }

  /// Compiles the C program as strictly as a user may, against header and library as they are.
  private func compile(_ place: Place) throws -> String {
    let client = place.file("client")
    _ = try said(
      place,
      by: [
        "cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", client,
        "-ISources/C/Sources/CLogd/include", "Tests/Support/CClient/client.c", "-pthread",
        Self.path, "-Wl,-rpath,\(Program.directory)",
      ])
    return client
  }

  /// Runs one mode of the C program: the numbers it prints, and what it says on stderr.
  @discardableResult
  private func client(_ place: Place, _ mode: String, _ argument: String...) throws
    -> (said: [Int], errors: String)
  {
    let words = [try compile(place), mode, place.runtimeDirectory] + argument
    let run = try place.run(.env, words, within: .seconds(60))
    try #require(run.ending == .exited(0), "\(run.errors)")
    return (run.output.split(separator: "\n").compactMap { Int($0) }, run.errors)
  }

  @Test func `it is small, needs libc alone, and shows what logd.h declares`() throws {
    let place = try Place()
    let bytes = try FileStatus(of: Self.path, followingLinks: true).bytes
    #expect(bytes <= 40_960)
    let dynamic = try said(place, by: ["readelf", "-dW", Self.path]).split(separator: "\n")
    let needed = dynamic.filter { $0.contains("(NEEDED)") }
    #expect(needed.contains { $0.contains("[libc.so.6]") })
    // The loader is a part of libc: it has the words of rseq(2).
    #expect(needed.allSatisfy { $0.contains("[libc.so.6]") || $0.contains("[ld-linux") })
    #expect(dynamic.contains { $0.contains("soname: [liblogdclient.so.0]") })
    let shown = try said(place, by: ["nm", "-D", "--defined-only", Self.path])
      .split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    let header = try place.text(of: "Sources/C/Sources/CLogd/include/logd.h")
    let declared = header.split(separator: "\n").filter { !$0.hasPrefix("/") && $0.contains("(") }
      .compactMap { line in
        line.split(separator: "(")[0].split { " *".contains($0) }.last.map(String.init)
      }.filter { $0.hasPrefix("logd_") }
    #expect(shown.sorted() == declared.sorted())
    #expect(declared.count == 9)
  }

  @Test func `every kind of record arrives from C as it was logged`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in try client(place, "kinds") }
    let records = try place.records().filter { $0.ident == "cclient" }
    #expect(records.prefix(8).map(\.severity.rawValue) == Array(0...7))
    let kinds = try #require(records.first { $0.text == "kinds\nof" })
    let own = kinds.fields.filter { !$0.isDaemons }
    #expect(own.count == 8, "neither of unknown type nor without key")
    #expect(kinds.value("string") == .string([0x61, 0, 0x0A, 0xFF]))
    #expect(kinds.value("int") == .integer(.min))
    #expect(kinds.value("uint") == .unsigned(.max))
    #expect(kinds.value("double") == .double(0.1))
    #expect(kinds.value("true") == .bool(true))
    #expect(kinds.value("false") == .bool(false))
    #expect(kinds.value("null") == .string([]))
    #expect(records.suffix(2).map(\.text) == ["", "no fields"])
    #expect(records.count == 11)
  }

  @Test func `a shorter options structure, none, and a least severity`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in try client(place, "options") }
    let records = try place.records().filter { $0.ident != "logd" }
    #expect(records.map(\.ident) == ["an_ident___more", "_"])
    #expect(records.map(\.text) == ["older", "no options"])
  }

  @Test func `threads of a C program that forks lose nothing, its children log under their pid`()
    throws
  {
    let place = try Place()
    var counts: [Int] = []
    try withDaemon(in: place) { _ in counts = try client(place, "threads").said }
    let records = try place.records().filter { $0.ident == "cclient" }
    #expect(counts.count == 4)
    for (thread, count) in counts.enumerated() {
      let own = records.filter { $0.value("thread") == .integer(Int64(thread)) }
      #expect(own.compactMap { $0.value("n") } == (0..<count).map { .integer(Int64($0)) })
    }
    let children = Dictionary(grouping: records.filter { $0.text == "child" }, by: \.pid)
    #expect(children.count == 50)
    for (pid, own) in children {
      #expect(own.compactMap { $0.value("n") } == [.integer(0), .integer(1), .integer(2)])
      #expect(own.allSatisfy { $0.value("own") == .integer(Int64(pid)) })
    }
  }

  @Test func `a fork after a client was closed does not touch it`() throws {
    let place = try Place()
    try withDaemon(in: place) { _ in try client(place, "closed") }
    let records = try place.records().filter { $0.ident == "cclient" }
    #expect(records.map(\.text) == ["first", "second"])
  }

  @Test func `without a daemon a C program's records are reported, or written to a file`() throws {
    let place = try Place()
    let (_, errors) = try client(place, "absent")
    #expect(errors.contains("]: 2 log records not delivered: no logd at"))
    let (_, silence) = try client(place, "absent", place.file("left"))
    #expect(silence == "")
    let records = try place.records(of: place.file("left"))
    #expect(records.map(\.text) == ["left = over", "second"])
    #expect(records.first?.value("d") == .double(3))
  }

  @Test(arguments: ["drop", "timeout"])
  func `a C program counts its drops, a flush times out, and nothing else is lost`(
    mode: String
  ) throws {
    let place = try Place()
    var counts: [Int] = []
    try withDaemon(in: place) { daemon in
      counts = try client(place, mode, "\(daemon.process.pid)").said
    }
    let records = try place.records()
    let own = records.filter { $0.ident == "cclient" }
    #expect(own.count == 1 + counts[0], "attached, and what waited")
    let told = records.filter { $0.text == "records were dropped" }.compactMap {
      if case .integer(let count) = $0.value("count") { Int(count) } else { nil }
    }
    #expect(told.reduce(0, +) == counts[1])
  }
}
