internal import CLinux
internal import LogdArchive
internal import LogdPlatform

/// The ways that logd is compared with.
enum ReferenceKind: String, CaseIterable, Codable, Sendable {
  case append, buffered, collector

  var title: String {
    switch self {
    case .append: "one write(2) a record, O_APPEND"
    case .buffered: "64 KiB buffers, O_APPEND"
    case .collector: "stream socket, minimal collector"
    }
  }
}

/// Measures one of them: the same producers, records and lines, into a file at the same place.
struct ReferenceRun {
  let kind: ReferenceKind
  let producers: Int
  let workload: Workload
  let place: Place

  func run() throws -> RunResult {
    let file = place.file("reference.log")
    let warm = try place.warm(for: file, kind: kind.rawValue, workload, .text, producers: producers)
    defer { warm.recycle() }
    let collector = try startCollector(file)
    var crew = try Crew(count: producers) { number in
      ["produce", "--number", "\(number)", "--into", kind.rawValue, "--path", path(file)]
        + workload.arguments
    }
    let pids = crew.pids
    let (start, reports) = try crew.run(
      timeoutNs: 300_000_000_000, opened: warm.follow, meanwhile: warm.follow)
    var end = reports.map(\.endNs).max() ?? start
    if let collector {
      guard collector.wait().code == 0 else { throw Failure("the collector failed") }
      end = clinux_monotonic_ns()
    }
    var verifier = Verifier(
      ExpectedLine(.text, workload), pids: pids, sequences: workload.records + workload.warmup)
    try verifier.read(file)
    return RunResult(
      kind.rawValue, producers, workload, elapsedNs: end - start, verifier.result(reports), reports)
  }

  private func path(_ file: String) -> String { kind == .collector ? socket : file }
  private var socket: String { place.runtimeDirectory + "/collector.sock" }

  private func startCollector(_ file: String) throws -> Child? {
    guard kind == .collector else { return nil }
    place.remove(socket)
    // One connection more: ours, which sees that it serves.
    let child = try Child.startSelf(
      ["collect", "--socket", socket, "--path", file, "--connections", "\(producers + 1)"])
    try child.waitUntilServing(socket, CLINUX_STREAM)
    return child
  }
}
