internal import ArgumentParser

/// What producers log, and how fast: common to all measurements, passed on to the children.
struct Workload: ParsableArguments, Sendable {
  @Option(help: "Log calls of each producer that are measured.")
  var records = 1_000_000

  @Option(help: "Bytes of a message.")
  var size = 128

  @Option(help: "Fields of a record: a path, a number, a path, …")
  var fields = 0

  @Option(help: "Log calls before the measurement: a lap of the ring touches its pages.")
  var warmup = 20_000

  @Option(help: "Log calls a second of each producer; 0: as fast as it can.")
  var rate = 0

  @Option(help: "How many of them one after the other, then a pause until the next are due.")
  var burst = 1

  @Flag(help: "Each message carries the time of its call: shows how well records are ordered.")
  var stamp = false

  func validate() throws {
    let least = BenchMessage.bytesMin(stamped: stamp)
    guard (least...60_000).contains(size) else {
      throw ValidationError("--size must be \(least) to 60000")
    }
    guard records > 0, warmup >= 0, records + warmup < 4_000_000_000 else {
      throw ValidationError("--records must be 1 to 4000000000")
    }
    guard (0...64).contains(fields) else { throw ValidationError("--fields must be 0 to 64") }
    guard rate >= 0 else { throw ValidationError("--rate must not be negative") }
    guard burst > 0 else { throw ValidationError("--burst must be positive") }
  }

  /// What the options are when nobody names them.
  static func standard() throws -> Workload { try parse([]) }

  /// The same with other messages.
  static func ofSize(_ bytes: Int) throws -> Workload { try parse(["--size", "\(bytes)"]) }

  /// The options that make a child do the same.
  var arguments: [String] {
    ["--records", "\(records)", "--size", "\(size)", "--fields", "\(fields)"]
      + ["--warmup", "\(warmup)", "--rate", "\(rate)", "--burst", "\(burst)"]
      + (stamp ? ["--stamp"] : [])
  }

  /// Keys and values of the fields, the same for every record.
  var fieldList: [(key: String, value: BenchField)] {
    (0..<fields).map { index in
      let suffix = index < 2 ? "" : "\(index)"
      if index % 2 == 1 { return ("bytes" + suffix, .number(Int64(1_048_576 + index))) }
      return ("file" + suffix, .text("/srv/data/input-\(index).bin"))
    }
  }
}

/// The value of a field of a measured record.
enum BenchField: Sendable {
  case text(String)
  case number(Int64)
}
