internal import Testing

@Suite struct `The demonstration` {
  @Test func `it ends by itself and accounts for every record`() throws {
    let place = try Place()
    let end = try place.run(
      .logbench, ["demo", "--workers", "3", "--seconds", "2", "--tree", "Sources"])
    #expect(end.ending == .exited(0), "\(end.errors)")
    for part in ["3 clients", "state    running", "hashed path=", "lost", "records/s over"] {
      #expect(end.output.contains(part), "\(part) in \(end.output)")
    }
  }

  @Test func `a tree without files is a failure, and nothing is left running`() throws {
    let place = try Place()
    let end = try place.run(
      .logbench, ["demo", "--seconds", "1", "--tree", place.file("nothing")])
    #expect(end.ending == .exited(1))
  }
}
