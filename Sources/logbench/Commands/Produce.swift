internal import ArgumentParser

/// A producer process: started by the other commands, with gate and reports as descriptors 3 and 4.
struct Produce: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Option var number: Int
  /// A door of logd, or a kind of reference.
  @Option var into: String
  /// Runtime directory, file, or socket.
  @Option var path: String
  @OptionGroup var workload: Workload
  @OptionGroup var client: ClientOptions

  func run() throws {
    switch ReferenceKind(rawValue: into) {
    case .append: try produce(try AppendSink(path: path))
    case .buffered: try produce(try BufferedSink(path: path))
    case .collector: try produce(try SocketSink(path: path))
    case nil: try produceForLogd()
    }
  }

  private func produceForLogd() throws {
    switch Door(rawValue: into) {
    case .swift: try produce(try LogdSink(runtimeDirectory: path, client, workload))
    case .c: try produce(try LibrarySink(runtimeDirectory: path, client, workload))
    case .swiftLog: try produce(SwiftLogSink(runtimeDirectory: path, client, workload))
    case .python, nil: throw ValidationError("--into \(into): no such producer in this program")
    }
  }

  private func produce<Sink: RecordSink & ~Copyable>(_ sink: consuming Sink) throws {
    var loop = ProducerLoop(number: number, workload: workload, sink: sink)
    try loop.run()
  }
}

/// The minimal collector: started by `reference`.
struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Option var socket: String
  @Option var path: String
  @Option var connections: Int

  func run() throws {
    try Collector(socketPath: socket, filePath: path).run(connections: connections)
  }
}
