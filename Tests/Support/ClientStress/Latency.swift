import CAllocations
import CLinux
import LogdClient

/// What a log call costs, and that it does not allocate. For a look at the figures; the real
/// measurement is `logbench latency`.
struct Latency {
  let client: LogClient
  private let message = String(repeating: "m", count: 128)

  func run(calls: Int) {
    for _ in 0..<20_000 { client.info(message) }  // touches every page of the ring once
    pauseForDrain()
    report("clock alone", calls) {}
    report("128 bytes", calls) { client.info(message) }
    report("and two fields", calls) {
      client.info(message, [.int("status", 200), .string("path", "/index.html")])
    }
    report("not wanted", calls) { client.debug("x") }
    throughput(calls)
  }

  /// Exits with 1 when a log call of any kind allocated.
  func countAllocations(calls: Int) {
    try? client.flush(timeout: .seconds(1))
    countAllocationsHere(calls)
    client.action("many") { countAllocationsHere(calls) }
  }

  private func countAllocationsHere(_ calls: Int) {
    let path = "a path that is longer than a small string"
    let before = callocations_count()
    for number in 0..<calls {
      client.info(message)
      client.warning("short", [.int("n", number), .string("path", path), .double("d", 0.5)])
      client.debug("more", [.bool("b", true), .uint("u", 7), .string("s", "small")])
    }
    let allocations = callocations_count() - before
    print(allocations)
    if allocations > 0 { cstress_finish(1) }
  }

  private func pauseForDrain() { try? client.flush() }

  private func report(_ name: String, _ calls: Int, _ call: () -> Void) {
    var times = [UInt32](repeating: 0, count: calls)
    let before = callocations_count()
    for index in 0..<calls {
      if index % 2000 == 0 { pauseForDrain() }
      let start = clinux_monotonic_ns()
      call()
      times[index] = UInt32(clamping: clinux_monotonic_ns() - start)
    }
    let allocations = callocations_count() - before
    times.sort()
    let points = [0.5, 0.9, 0.99, 0.999].map { times[Int(Double(calls - 1) * $0)] }
    print("\(name): p50 p90 p99 p99.9 \(points) ns, \(allocations) allocations")
  }

  private func throughput(_ calls: Int) {
    var total: UInt64 = 0
    for _ in 0..<(calls / 2000) {
      pauseForDrain()
      let start = clinux_monotonic_ns()
      for _ in 0..<2000 { client.info(message) }
      total += clinux_monotonic_ns() - start
    }
    print("mean of \(calls / 2000 * 2000) calls: \(total / UInt64(calls / 2000 * 2000)) ns")
  }
}
